package dev.sockbroker.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Debian with a systemd of its own, on which packages can be installed: a copy of this machine
 * without its JDKs, or of the root in the property {@code package.root}. What is written goes to
 * memory, and is in /mnt/written.
 */
final class PackageMachine {
  private static final long DEADLINE_SECONDS = 30;
  private static final String ROOT = System.getProperty("package.root", "/");

  /** A copy of this machine must not start what this machine has enabled. */
  private static final String TARGET = ROOT.equals("/") ? "test.target" : "multi-user.target";

  private final Path files;
  private final Process boot;
  private final ProcessHandle systemd;

  /**
   * @param files a directory; the machine has it as /mnt/files
   */
  static PackageMachine boot(Path files) throws IOException {
    Needs.that("root".equals(System.getProperty("user.name")), "needs root, to install a package");
    Needs.programs("/lib/systemd/systemd", "systemctl", "unshare", "nsenter", "mount", "umount");
    return new PackageMachine(files);
  }

  private PackageMachine(Path files) throws IOException {
    this.files = files;
    Path script = files.resolve("boot-package");
    try (InputStream in = PackageMachine.class.getResourceAsStream("boot-package")) {
      Files.copy(in, script);
    }
    boot =
        new ProcessBuilder("bash", script.toString(), "host", ROOT, files.toString(), TARGET)
            .redirectErrorStream(true)
            .redirectOutput(files.resolve("boot.log").toFile())
            .start();
    systemd = awaitSystemd();
  }

  /** Runs a program on the machine. The scripts of a package may take long. */
  Program.Result run(String... line) throws IOException, InterruptedException {
    return Program.run(Map.of(), inside(systemd, line), 300);
  }

  /** Runs a line of a shell on the machine, which must succeed, and returns its output. */
  String sh(String line) throws IOException, InterruptedException {
    return run("sh", "-c", line).orFail().out();
  }

  /** A property of the service from {@code systemctl show}. */
  String property(String name) throws IOException, InterruptedException {
    return sh("systemctl show --value --property=" + name + " sockbroker.service").strip();
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
          .until(() -> !boot.isAlive() || boot.descendants().anyMatch(PackageMachine::isUp));
      return boot.descendants().filter(PackageMachine::isSystemd).findFirst().orElseThrow();
    } catch (RuntimeException e) {
      boot.descendants().forEach(ProcessHandle::destroyForcibly);
      String said = Files.readString(files.resolve("boot.log"));
      throw new AssertionError("systemd did not boot: " + said, e);
    }
  }

  private static boolean isSystemd(ProcessHandle process) {
    return process.info().command().filter(command -> command.endsWith("/systemd")).isPresent();
  }

  private static boolean isUp(ProcessHandle process) {
    try {
      return isSystemd(process)
          && Program.run(inside(process, "systemctl", "is-active", TARGET)).exitCode() == 0;
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
    all.addAll(List.of("env", "-i", "DEBIAN_FRONTEND=noninteractive"));
    all.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    all.addAll(List.of(line));
    return all;
  }
}
