package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped units on a real systemd, which is booted once for all tests. */
class RealSystemdTest {
  private static final String SERVICE = "sockbroker.service";
  private static final String SOCKET = "sockbroker.socket";
  private static final String PATH = "/run/sockbroker/broker.sock";

  @TempDir private static Path directory;

  private static SystemdMachine machine;

  @BeforeAll
  static void boot() throws Exception {
    machine = SystemdMachine.boot(directory);
  }

  @AfterAll
  static void shutDown() throws Exception {
    if (machine != null) {
      machine.powerOff();
    }
  }

  @BeforeEach
  void stopEverything() throws Exception {
    systemctl("stop", SOCKET, SERVICE);
    // A test kills the service on purpose, and the limit is five starts in ten seconds.
    systemctl("reset-failed");
  }

  @Test
  void shouldBeReadyWhenTheStartReturns() throws Exception {
    systemctl("start", SERVICE);

    assertThat(machine.property("ActiveState")).isEqualTo("active");
    assertThat(machine.property("StatusText")).contains(PATH);
    assertThat(machine.run("stat", "-c", "%U %a", "/proc/" + mainPid()).out())
        .startsWith("sockbroker ");
    assertThat(machine.run("stat", "-c", "%U:%G %a", "/run/sockbroker").out())
        .isEqualTo("sockbroker:sockbroker 750\n");
    assertServes();
  }

  @Test
  void shouldLetItsGroupInAndNobodyElse() throws Exception {
    systemctl("start", SERVICE);

    assertThat(pingAsNobody("--groups=sockbroker").exitCode()).isZero();
    assertThat(pingAsNobody("--clear-groups").exitCode()).isNotZero();
  }

  @Test
  void shouldBindAPrivilegedPort() throws Exception {
    systemctl("start", SERVICE);

    // The only capability that the unit grants. The port is free on every machine except a name
    // server.
    machine
        .sockbroker("open", "--name", "low", "--retain", "60s", "tcp-listen:127.99.0.1:53")
        .orFail();
  }

  @Test
  void shouldStopCleanlyAndRemoveItsPath() throws Exception {
    systemctl("start", SERVICE);

    systemctl("stop", SERVICE);

    assertThat(machine.property("ActiveState")).isEqualTo("inactive");
    assertThat(machine.property("Result")).isEqualTo("success");
    assertThat(machine.property("ExecMainStatus")).isEqualTo("0");
    assertThat(machine.run("test", "-e", PATH).exitCode()).isOne();
  }

  @Test
  void shouldBeRestartedWhenKilled() throws Exception {
    systemctl("start", SERVICE);
    String before = mainPid();

    machine.run("kill", "-KILL", before).orFail();

    awaitTrue(() -> isRestarted(before));
    assertServes();
  }

  /** Also if systemd has opened the path. A stop leaves nothing. */
  @ParameterizedTest
  @ValueSource(strings = {SERVICE, SOCKET})
  void shouldKeepSocketsAndClientsWhenKilledAndNothingWhenStopped(String unit) throws Exception {
    machine.configure("keep", "\"auto\"");
    systemctl("start", unit);
    String watched = "/run/watched-" + unit;
    machine.start(watched, "watch");
    awaitTrue(() -> machine.sockbroker("sessions").out().contains("watch"));
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      machine
          .sockbroker(
              "open", "--name", "out", "--retain", "10m", "tcp:127.0.0.1:" + server.getLocalPort())
          .orFail();
      try (Socket peer = server.accept()) {
        peer.setSoTimeout(30_000);
        String before = mainPid();

        machine.run("kill", "-KILL", before).orFail();

        awaitTrue(() -> isRestarted(before));
        assertThat(machine.output()).contains("recovered in ");
        assertThat(machine.sockbroker("list").out()).contains(" out ");
        machine
            .sockbroker("open", "--name", "after-it", "--retain", "1m", "udp:127.0.0.1:0")
            .orFail();
        awaitTrue(() -> machine.run("cat", watched).out().contains("after-it"));

        assertThat(holders()).hasSize(1);
        systemctl("stop", SERVICE);

        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(holders()).isEmpty();
        assertThat(machine.run("ls", "-A", "/run/sockbroker").out())
            .isEqualTo(unit.equals(SOCKET) ? "broker.sock\n" : "");
      }
    } finally {
      machine.configure("keep", "\"none\"");
    }
  }

  /** The pids of the processes that keep sockets. */
  private static List<String> holders() throws IOException, InterruptedException {
    String all = machine.run("sh", "-c", "grep -lx sockbroker-keep /proc/[0-9]*/comm").out();
    return all.lines().toList();
  }

  @Test
  void shouldFeedTheWatchdog() throws Exception {
    systemctl("start", SERVICE);
    String fed = machine.property("WatchdogTimestampMonotonic");

    awaitTrue(() -> !machine.property("WatchdogTimestampMonotonic").equals(fed));
  }

  @Test
  void shouldBeKilledByTheWatchdogWhenItHangsAndBeRestarted() throws Exception {
    systemctl("start", SERVICE);
    String before = mainPid();

    machine.run("kill", "-STOP", before).orFail();

    awaitTrue(() -> isRestarted(before));
    assertServes();
    // SIGQUIT made it write where it hung.
    assertThat(machine.output()).contains("Full thread dump");
  }

  @Test
  void shouldBeStartedByItsFirstClientAndKeepThePathWhenItStops() throws Exception {
    systemctl("start", SOCKET);
    assertThat(machine.property("ActiveState")).isEqualTo("inactive");

    assertServes();

    assertThat(machine.property("ActiveState")).isEqualTo("active");
    systemctl("stop", SERVICE);
    machine.run("test", "-S", PATH).orFail();
    assertThat(machine.property("Result")).isEqualTo("success");

    assertServes();
  }

  /** Scenario UP-28: the pid that systemd watches, feeds and restarts is the new one. */
  @Test
  void shouldUpgradeWhenItIsReloaded() throws Exception {
    systemctl("start", SERVICE);
    machine
        .sockbroker("open", "--name", "kept", "--retain", "10m", "tcp-listen:127.0.0.1:0")
        .orFail();
    String before = mainPid();
    machine.installVersion("999");

    systemctl("reload", SERVICE);

    awaitTrue(() -> isRestarted(before));
    String upgraded = mainPid();
    assertThat(machine.property("NRestarts")).isEqualTo("0");
    assertThat(machine.sockbroker("list").out()).contains(" kept ");
    String fed = machine.property("WatchdogTimestampMonotonic");
    awaitTrue(() -> !machine.property("WatchdogTimestampMonotonic").equals(fed));
    assertThat(mainPid()).isEqualTo(upgraded);

    machine.run("kill", "-KILL", upgraded).orFail();
    awaitTrue(() -> isRestarted(upgraded));
    assertServes();
  }

  @Test
  void shouldGoOnAfterSighup() throws Exception {
    systemctl("start", SERVICE);
    String before = mainPid();

    machine.run("kill", "-HUP", before).orFail();

    awaitTrue(() -> machine.output().contains("reloaded "));
    systemctl("reload", SERVICE);
    assertServes();
    assertThat(mainPid()).as("the same version only reads its files").isEqualTo(before);
  }

  @Test
  void shouldShowThePathOfTheSocketUnit() throws Exception {
    systemctl("start", SOCKET);

    assertServes();

    assertThat(machine.property("StatusText")).isEqualTo("listening on " + PATH);
  }

  @Test
  void shouldLogAsAnErrorWhatHasNoPriority() throws Exception {
    assertThat(machine.property("SyslogLevel")).as("LOG_ERR").isEqualTo("3");
  }

  /** A restart does not correct a typo. */
  @Test
  void shouldRestartAfterAWhileButNotAfterWrongUsage() throws Exception {
    assertThat(machine.property("RestartPreventExitStatus")).isEqualTo("2");
    assertThat(machine.property("RestartUSec")).isEqualTo("100ms");
  }

  /** More starts than systemd's default limit of five, as clients at the socket can cause. */
  @Test
  void shouldKeepTheSocketWhenTheServiceHasATypo() throws Exception {
    machine.dropIn("typo", "[Service]\nExecStart=\nExecStart=/bin/sh -c 'exit 2'\nExecStopPost=\n");
    try {
      systemctl("start", SOCKET);
      for (int i = 0; i < 7; i++) {
        assertThat(machine.run("systemctl", "start", SERVICE).exitCode()).isNotZero();
      }
      assertThat(machine.property("ExecMainStatus")).isEqualTo("2");
      assertThat(machine.property("NRestarts")).isEqualTo("0");
      assertThat(machine.run("systemctl", "is-active", SOCKET).out()).isEqualTo("active\n");
    } finally {
      machine.dropIn("typo", "");
    }
    assertServes();
  }

  /** Reads the pid first. It changes before the new broker is ready, and never back. */
  private static boolean isRestarted(String before) throws IOException, InterruptedException {
    return !mainPid().equals(before) && machine.property("ActiveState").equals("active");
  }

  private static void assertServes() throws IOException, InterruptedException {
    Program.Result pinged = machine.sockbroker("ping", "-c", "1");

    assertThat(pinged.exitCode()).as(pinged + machine.output()).isZero();
  }

  private static Program.Result pingAsNobody(String groups)
      throws IOException, InterruptedException {
    return machine.run(
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        groups,
        directory.resolve("prefix/bin/sockbroker").toString(),
        "ping",
        "-c",
        "1",
        "--socket",
        PATH);
  }

  private static String mainPid() throws IOException, InterruptedException {
    return machine.property("MainPID");
  }

  private static void systemctl(String... arguments) throws IOException, InterruptedException {
    String[] line = new String[arguments.length + 1];
    line[0] = "systemctl";
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    Program.Result result = machine.run(line);
    assertThat(result.exitCode()).as(result + machine.output()).isZero();
  }

  private static void awaitTrue(Callable<Boolean> condition) {
    await().atMost(30, TimeUnit.SECONDS).until(condition);
  }
}
