package dev.sockbroker.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real systemd that runs as pid 1 in separate namespaces with the installed units. The units are
 * the shipped ones. A drop-in sets the JDK, shortens the watchdog, and redirects output to a file.
 */
final class SystemdMachine {
  private static final long DEADLINE_SECONDS = 30;

  private final Installation installed;
  private final Path directory;
  private final Process boot;
  private final ProcessHandle systemd;

  /**
   * @param directory an empty directory; other users can enter all directories above it
   */
  static SystemdMachine boot(Path directory) throws IOException, InterruptedException {
    Needs.that("root".equals(System.getProperty("user.name")), "needs root, to boot a systemd");
    Needs.programs("/lib/systemd/systemd", "systemctl", "systemd-sysusers", "systemd-tmpfiles");
    Needs.programs("unshare", "nsenter", "setpriv", "mount", "kill");
    Needs.that(canMakeNamespaces(), "needs to make namespaces and mount in them");
    // The broker runs as another user, who must be able to reach its program.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new SystemdMachine(directory);
  }

  private SystemdMachine(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    installed = Installation.at(directory.resolve("prefix"));
    Files.writeString(
        directory.resolve("drop-in.conf"),
        """
        [Service]
        Environment=SOCKBROKER_JAVA_HOME=%s
        WatchdogSec=5s
        TimeoutAbortSec=1s
        StandardOutput=append:%s
        StandardError=append:%s
        """
            .formatted(System.getProperty("java.home"), log(), log()));
    Path script = directory.resolve("boot-systemd");
    try (InputStream in = SystemdMachine.class.getResourceAsStream("boot-systemd")) {
      Files.copy(in, script);
    }
    boot =
        new ProcessBuilder("bash", script.toString(), installed.prefix().toString(), directory + "")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("boot.log").toFile())
            .start();
    systemd = awaitSystemd();
  }

  /** In a container, root often lacks the permission. */
  private static boolean canMakeNamespaces() throws IOException, InterruptedException {
    String mounts = "mount -t proc proc /proc && mount -t tmpfs t /run && mount -t cgroup2 c /run";
    return Program.run(
                List.of(
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--uts",
                    "--ipc",
                    "--cgroup",
                    "sh",
                    "-c",
                    mounts))
            .exitCode()
        == 0;
  }

  private Path log() {
    return directory.resolve("broker.log");
  }

  /** The output of the broker. */
  String output() throws IOException {
    return Files.exists(log()) ? Files.readString(log()) : "";
  }

  /** Runs a program in the namespaces. */
  Program.Result run(String... line) throws IOException, InterruptedException {
    return Program.run(Installation.JDK, inside(systemd, line));
  }

  /** Runs a command as root in the namespaces, at the service's socket. */
  Program.Result sockbroker(String... arguments) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(installed.program().toString()));
    line.addAll(List.of(arguments));
    line.addAll(List.of("--socket", "/run/sockbroker/broker.sock"));
    return run(line.toArray(String[]::new));
  }

  /**
   * Starts a command as {@link #sockbroker} and does not wait for it.
   *
   * @param output a file in the namespaces
   */
  void start(String output, String command) throws IOException, InterruptedException {
    String line = "setsid \"$1\" \"$2\" --socket /run/sockbroker/broker.sock >\"$3\" 2>&1 &";
    run("sh", "-c", line, "sh", installed.program().toString(), command, output).orFail();
  }

  /** Sets a value at the top of the service's configuration, which it reads when it starts. */
  void configure(String key, String value) throws IOException {
    Path file = installed.configuration();
    String text = Files.readString(file);
    String line = key + " = " + value;
    Files.writeString(file, text.replaceFirst("(?m)^#?" + key + " = .*$", line));
  }

  /** A property of the service from {@code systemctl show}. */
  String property(String name) throws IOException, InterruptedException {
    return run("systemctl", "show", "--value", "--property=" + name, "sockbroker.service")
        .orFail()
        .out()
        .strip();
  }

  /** Adds a drop-in to the service, or removes the drop-in of that name. */
  void dropIn(String name, String text) throws IOException, InterruptedException {
    String file = "/run/systemd/system/sockbroker.service.d/zz-" + name + ".conf";
    run("sh", "-c", "printf %s \"$1\" >\"$2\"", "sh", text, file).orFail();
    run("systemctl", "daemon-reload").orFail();
  }

  /** Installs the same program as another version, as an update does: by a rename. */
  void installVersion(String version) throws IOException {
    Path jar = installed.prefix().resolve("lib/sockbroker/sockbroker.jar");
    Path next = jar.resolveSibling("sockbroker.jar.new");
    Files.copy(jar, next);
    try (FileSystem files = FileSystems.newFileSystem(next)) {
      Path manifest = files.getPath("META-INF/MANIFEST.MF");
      String changed =
          Files.readString(manifest)
              .replaceFirst(
                  "(?m)^Implementation-Version: .*$", "Implementation-Version: " + version);
      Files.writeString(manifest, changed);
    }
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  void powerOff() throws InterruptedException {
    systemd.destroyForcibly();
    if (!boot.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the systemd of the test did not end: " + systemd);
    }
  }

  private ProcessHandle awaitSystemd() throws IOException {
    try {
      await()
          .atMost(DEADLINE_SECONDS, TimeUnit.SECONDS)
          .until(() -> !boot.isAlive() || boot.descendants().anyMatch(SystemdMachine::isUp));
      return boot.descendants().filter(SystemdMachine::isSystemd).findFirst().orElseThrow();
    } catch (RuntimeException e) {
      boot.descendants().forEach(ProcessHandle::destroyForcibly);
      String said = Files.readString(directory.resolve("boot.log"));
      throw new AssertionError("systemd did not boot: " + said, e);
    }
  }

  private static boolean isSystemd(ProcessHandle process) {
    return process.info().command().filter(command -> command.endsWith("/systemd")).isPresent();
  }

  private static boolean isUp(ProcessHandle process) {
    try {
      return isSystemd(process)
          && Program.run(inside(process, "systemctl", "is-active", "test.target")).exitCode() == 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static List<String> inside(ProcessHandle systemd, String... line) {
    List<String> all =
        new ArrayList<>(
            List.of("nsenter", "-t", systemd.pid() + "", "-m", "-p", "-u", "-i", "-C", "--"));
    all.addAll(List.of(line));
    return all;
  }
}
