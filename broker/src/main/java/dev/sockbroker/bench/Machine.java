package dev.sockbroker.bench;

import dev.sockbroker.child.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Describes the machine, because figures mean nothing without it. */
final class Machine {
  private Machine() {}

  static Map<String, String> describe(Plan plan, Class<?> main) throws IOException {
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("cpu", cpu());
    machine.put("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put(
        "java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    String version = main.getPackage().getImplementationVersion();
    machine.put("sockbroker", version == null ? "unpackaged" : version);
    for (String program : programs(plan)) {
      machine.put(program, version(program));
    }
    return machine;
  }

  private static TreeSet<String> programs(Plan plan) {
    TreeSet<String> programs =
        plan.lanes().stream()
            .filter(Proxy.LANES::contains)
            .map(Proxy::program)
            .collect(Collectors.toCollection(TreeSet::new));
    if (plan.cases().contains(Case.HTTP) && Programs.isInstalled(WrkLoad.PROGRAM)) {
      programs.add(WrkLoad.PROGRAM);
    }
    return programs;
  }

  private static String cpu() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  /** The number in the first line that has one. */
  private static String version(String program) throws IOException {
    String option = program.equals("socat") ? "-V" : "-v";
    ProcessBuilder builder =
        new ProcessBuilder(Programs.path(program), option).redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Stream.of(words.split("\\s+|/"))
        .filter(word -> word.matches("\\d+\\.\\d+.*"))
        .findFirst()
        .orElse("unknown");
  }
}
