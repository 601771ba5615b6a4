package dev.sockbroker.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The launcher of an installation with a program of the shell in place of the JVM.
 *
 * @param process the launcher
 * @param errors what it writes to stderr
 */
record StubLauncher(Process process, Path errors) {
  private static final Path LAUNCHER =
      BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();

  /**
   * Starts it.
   *
   * @param directory of the installation and the socket
   * @param environment JVM is the program of the shell
   */
  static StubLauncher start(Path directory, Map<String, String> environment) throws IOException {
    Path jdk = Files.createDirectories(directory.resolve("jdk/bin")).getParent();
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
    executable(jdk.resolve("bin/java"), "#!/bin/bash\neval \"$JVM\"\n");
    Path launcher = Files.createDirectories(directory.resolve("bin")).resolve("sockbroker");
    executable(launcher, Files.readString(LAUNCHER));
    Path lib = Files.createDirectories(directory.resolve("lib/sockbroker"));
    // with a cache, because otherwise the launcher makes one
    for (String name : List.of("sockbroker.jar", "sockbroker-serve-.aot")) {
      Files.writeString(lib.resolve(name), "not empty");
    }
    List<String> line = List.of(launcher.toString(), "serve", "--socket", socket(directory) + "");
    Path errors = directory.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("SOCKBROKER_JAVA_HOME", jdk.toString());
    return new StubLauncher(builder.start(), errors);
  }

  static Path socket(Path directory) {
    return directory.resolve("broker.sock");
  }

  /** The lines that it has written to stderr. */
  List<String> lines() throws IOException {
    return Files.readAllLines(errors);
  }

  /**
   * Replaces sleep(1) for a launcher.
   *
   * @param text a program of the shell
   * @return PATH for the launcher
   */
  static String sleepingBy(Path directory, String text) throws IOException {
    Path programs = Files.createDirectories(directory.resolve("programs"));
    executable(programs.resolve("sleep"), "#!/bin/sh\n" + text + "\n");
    return programs + ":" + System.getenv("PATH");
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    file.toFile().setExecutable(true);
  }
}
