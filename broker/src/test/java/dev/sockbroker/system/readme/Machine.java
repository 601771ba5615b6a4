package dev.sockbroker.system.readme;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.sockbroker.system.Needs;
import dev.sockbroker.system.Program;
import dev.sockbroker.system.StartCaches;
import dev.sockbroker.system.User;
import dev.sockbroker.system.WorkerJar;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The environment for a page: separate namespaces, with root as the reader and the checkout as the
 * working directory. Every port, /run and /tmp are unused, and nothing outside changes.
 */
final class Machine implements AutoCloseable {
  /** For a page that starts no service. */
  static final List<String> NO_INIT = List.of("sleep", "infinity");

  static final List<String> SYSTEMD =
      List.of("/lib/systemd/systemd", "--system", "--unit=test.target");

  /** Programs that exist only on the machine, in addition to the host's. */
  private static final String BIN = "/mnt/bin";

  private static final String JDK = System.getProperty("java.home");

  /** The directory of a java of version 25 or later. */
  static final String NEWEST_JAVA = JDK + "/bin";

  /** The JVM that runs Maven, 17 or later, is the reader's java. */
  private static final Path READERS_JAVA =
      Path.of(System.getProperty("maven.jvm", JDK + "/bin/java"));

  private final List<String> init;
  private Path directory;
  private Process boot;
  private long pid;

  Machine(List<String> init) {
    this.init = init;
  }

  static void needs() throws IOException, InterruptedException {
    Needs.that(User.isRoot(), "needs root, for a machine on which a page can be tried");
    Needs.programs("unshare", "nsenter", "mount", "ip", "setsid", "setpriv", "kill", "script");
    Needs.programs("/lib/systemd/systemd", "systemctl", "systemd-sysusers", "systemd-tmpfiles");
    Needs.programs("systemd-analyze", "curl", "python3", "wrk", "initdb", "postgres", "promtool");
    Needs.programs("nginx", "haproxy", "node", "uvicorn");
    Needs.pythonModule("ensurepip");
    List<String> line = List.of("unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c");
    String mounts = "mount -t proc proc /proc && mount -t cgroup2 cgroup2 /mnt";
    List<String> all = new ArrayList<>(line);
    all.add(mounts);
    Needs.that(Program.run(all).exitCode() == 0, "needs to make namespaces and mount in them");
  }

  /**
   * @param directory empty
   */
  void boot(Path directory) throws IOException {
    this.directory = directory;
    // The checkout keeps them. Otherwise each machine would make its own, and throw them away.
    StartCaches.ofServe();
    Path files = Files.createDirectory(directory.resolve("files"));
    Path script = directory.resolve("machine");
    try (InputStream in = Machine.class.getResourceAsStream("machine")) {
      Files.copy(in, script);
    }
    List<String> line = new ArrayList<>(List.of("bash", script + "", "host", Page.CHECKOUT + ""));
    line.addAll(List.of(files.toString(), JDK));
    line.addAll(init);
    boot = new ProcessBuilder(line).redirectErrorStream(true).start();
    pid = awaitReady();
  }

  private long awaitReady() throws IOException {
    StringBuilder said = new StringBuilder();
    BufferedReader out = boot.inputReader();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("ready ")) {
        return Long.parseLong(line.substring("ready ".length()));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("the machine does not boot: " + said);
  }

  /** The directory of files for the machine, which sees them in /mnt/files. */
  Path files() {
    return directory.resolve("files");
  }

  /** Runs the commands of a page, in a block or in its text, to their end. */
  String execute(String commands) throws IOException, InterruptedException {
    return start(commands).end();
  }

  /** Starts the commands in the foreground of a terminal. */
  Terminal start(String commands) throws IOException {
    return start(BIN, commands);
  }

  /**
   * The same with some programs replaced.
   *
   * @param first the first directory of PATH
   */
  Terminal start(String first, String commands) throws IOException {
    List<String> line =
        new ArrayList<>(List.of("nsenter", "-t", pid + "", "-m", "-n", "-p", "-u", "-i", "-C"));
    // with the signals of a login, even if the test's caller ignores some
    line.addAll(List.of("setsid", "env", "--default-signal", "-C", "/mnt/checkout"));
    line.addAll(List.of("bash", "-c", commands));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("HOME", "/root");
    builder.environment().put("SOCKBROKER_JAVA_HOME", JDK);
    builder.environment().put("PATH", path(first));
    return new Terminal(builder.start());
  }

  private static String path(String first) {
    return String.join(
        ":", first, BIN, READERS_JAVA.getParent() + "", JDK + "/bin", System.getenv("PATH"));
  }

  /** A class path of the worker's jar and libraries of the tests, as paths of the machine. */
  String classPath(String library) throws IOException {
    List<String> places = new ArrayList<>();
    for (String entry : WorkerJar.with(library).split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      Files.copy(jar, files().resolve(jar.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      places.add("/mnt/files/" + jar.getFileName());
    }
    return String.join(File.pathSeparator, places);
  }

  @Override
  public void close() {
    if (pid != 0) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      boot.onExit().orTimeout(30, SECONDS).join();
    }
  }
}
