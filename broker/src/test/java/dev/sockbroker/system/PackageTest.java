package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package, from its installation to its purge on a machine with a real systemd and
 * without a JDK. {@code scripts/test package} runs this on a bare Debian, too.
 */
@Tag("alone")
@Timeout(300)
class PackageTest {
  private static final double EXPOSURE_MAX = 2.5;

  /** What apt, dpkg and the tools for users write for every package. */
  private static final Pattern OF_THE_SYSTEM =
      Pattern.compile(
          "/var/(lib/(apt|dpkg)|cache|log)/.*"
              + "|/etc/((passwd|group|shadow|gshadow|subuid|subgid)-?|\\.pwd\\.lock)");

  /** Recording start caches twice would double the time. */
  private static final String CACHES = System.getProperty("package.root") != null ? "yes" : "no";

  @TempDir private Path directory;

  private PackageMachine machine;

  @Test
  void shouldInstallUpgradeAndPurge() throws Exception {
    Packages.build(directory.resolve("old"), "1.0.0");
    Packages.build(directory.resolve("new"), "1.0.1");
    machine = PackageMachine.boot(directory);
    try {
      String users = users();
      List<String> files = files();

      install("old", "yes");
      assertAnswers("1.0.0");
      assertRunsOnItsOwnRuntime();
      assertThat(machine.sh("cat /proc/%s/maps".formatted(machine.property("MainPID"))))
          .contains("/usr/lib/sockbroker/sockbroker-serve-");
      assertThat(exposure()).isLessThanOrEqualTo(EXPOSURE_MAX);

      upgradeUnderAConnection();
      assertAnswers("1.0.1");
      assertRunsOnItsOwnRuntime();

      apt(CACHES, "remove", "sockbroker");
      assertThat(machine.run("test", "-e", "/usr/lib/sockbroker").exitCode()).isOne();
      assertThat(machine.property("ActiveState")).isEqualTo("inactive");
      machine.run("test", "-e", "/etc/sockbroker/sockbroker.toml").orFail();

      apt(CACHES, "purge", "sockbroker");
      assertThat(files()).isEqualTo(files);
      assertThat(users()).isEqualTo(users);
    } finally {
      machine.powerOff();
    }
  }

  private void install(String which, String caches) throws Exception {
    apt(caches, "install", "/mnt/files/" + which + "/sockbroker.deb");
  }

  private void apt(String caches, String verb, String what) throws Exception {
    Program.Result done =
        machine.run("env", "SOCKBROKER_CACHES=" + caches, "apt-get", verb, "-y", "-q", what);
    assertThat(done.exitCode()).as(done.toString()).isZero();
    assertThat(done.out() + done.err())
        .doesNotContain("sockbroker: ", "Failed", "dpkg: warning: while removing");
  }

  /** The first command after the installation. */
  private void assertAnswers(String version) throws Exception {
    assertThat(machine.sh("sockbroker ping -c 1")).isNotEmpty();
    assertThat(machine.sh("sockbroker version")).contains("sockbroker " + version);
    assertThat(machine.sh("sockbroker show --broker")).contains(version);
    assertThat(machine.sh("systemctl is-enabled sockbroker.socket sockbroker.service"))
        .isEqualTo("enabled\nenabled\n");
  }

  private void assertRunsOnItsOwnRuntime() throws Exception {
    String process = "/proc/" + machine.property("MainPID");
    assertThat(machine.sh("readlink " + process + "/exe"))
        .isEqualTo("/usr/lib/sockbroker/runtime/bin/java\n");
    assertThat(machine.sh("cat " + process + "/maps"))
        .contains("/usr/lib/sockbroker/runtime/lib/server/libjvm.so\n")
        .doesNotContain("libjvm.so (deleted)");
  }

  private double exposure() throws Exception {
    String said = machine.sh("systemd-analyze security --no-pager sockbroker.service");
    String figure = said.replaceFirst("(?s).*Overall exposure level for \\S+: ([\\d.]+).*", "$1");
    return Double.parseDouble(figure);
  }

  private void upgradeUnderAConnection() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      say("before", server.getLocalPort());
      try (Socket peer = server.accept()) {
        peer.setSoTimeout(30_000);
        BufferedReader lines = new BufferedReader(new InputStreamReader(peer.getInputStream()));
        assertThat(lines.readLine()).isEqualTo("before");
        String former = machine.property("MainPID");

        install("new", CACHES);

        assertThat(machine.property("MainPID")).isNotEqualTo(former);
        assertThat(machine.property("NRestarts")).isEqualTo("0");
        say("after", server.getLocalPort());
        assertThat(lines.readLine()).isEqualTo("after");
      }
    }
  }

  /** Writes a line to the connection named out, which the first call opens. */
  private void say(String word, int port) throws Exception {
    machine.sh(
        "sockbroker exec --retain 10m --open out=tcp:127.0.0.1:%d -- sh -c 'echo %s >&3'"
            .formatted(port, word));
  }

  private String users() throws IOException, InterruptedException {
    return machine.sh("cat /etc/passwd /etc/group");
  }

  /** All files that are not the system's own, and everything that is named after the package. */
  private List<String> files() throws IOException, InterruptedException {
    return machine
        .sh("cd /mnt/written && find . ! -type d -o -name '*sockbroker*' | cut -c 2- | sort")
        .lines()
        .filter(file -> !OF_THE_SYSTEM.matcher(file).matches())
        .toList();
  }
}
