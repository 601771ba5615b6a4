package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.UnixTestSocket.DATAGRAM;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {
  private static final String PID = Long.toString(ProcessHandle.current().pid());

  @TempDir private Path directory;

  @Test
  void shouldTellReadyWithStatusAndPid() {
    String path = directory.resolve("notify").toString();
    try (UnixTestSocket manager = new UnixTestSocket(DATAGRAM, path);
        ServiceManager told = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", path))) {
      told.ready("listening on /run/b.sock");

      assertThat(manager.receive())
          .isEqualTo("READY=1\nSTATUS=listening on /run/b.sock\nMAINPID=" + PID);
    }
  }

  @Test
  void shouldKeepTheStatusOnItsLine() {
    String path = directory.resolve("notify").toString();
    try (UnixTestSocket manager = new UnixTestSocket(DATAGRAM, path);
        ServiceManager told = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", path))) {
      told.ready("listening on /tmp/a\nSTOPPING=1");

      assertThat(manager.receive().lines()).hasSize(3).doesNotContain("STOPPING=1");
    }
  }

  @Test
  void shouldReachAnAbstractAddress() {
    String name = "@sockbroker-test-" + PID;
    try (UnixTestSocket manager = new UnixTestSocket(DATAGRAM, name);
        ServiceManager told = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", name))) {
      told.stopping();

      assertThat(manager.receive()).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void shouldFeedTheWatchdogOfItsOwnProcess() {
    String path = directory.resolve("notify").toString();
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "3000000", "WATCHDOG_PID", PID);
    try (UnixTestSocket manager = new UnixTestSocket(DATAGRAM, path);
        ServiceManager told = ServiceManager.fromEnvironment(environment)) {
      assertThat(told.watchdogMicros()).isEqualTo(3_000_000);

      told.watchdog();

      assertThat(manager.receive()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void shouldLeaveTheWatchdogOfAnotherProcessAlone() {
    String path = directory.resolve("notify").toString();
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "1");
    try (ServiceManager told = ServiceManager.fromEnvironment(environment)) {
      assertThat(told.watchdogMicros()).isZero();
    }
  }

  @Test
  void shouldTakeTheWatchdogWithoutPidForItsOwn() {
    String path = directory.resolve("notify").toString();
    Map<String, String> environment = Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "3000000");
    try (ServiceManager told = ServiceManager.fromEnvironment(environment)) {
      assertThat(told.watchdogMicros()).isEqualTo(3_000_000);
    }
  }

  @Test
  void shouldIgnoreAWatchdogTimeThatIsNoNumber() {
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", directory.resolve("notify").toString(), "WATCHDOG_USEC", "soon");
    try (ServiceManager told = ServiceManager.fromEnvironment(environment)) {
      assertThat(told.watchdogMicros()).isZero();
    }
  }

  @Test
  void shouldDoNothingWithoutAManager() {
    try (ServiceManager told =
        ServiceManager.fromEnvironment(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", PID))) {
      told.ready("up");
      told.watchdog();
      told.stopping();

      assertThat(told.watchdogMicros()).isZero();
    }
  }

  @Test
  void shouldWorkOnWhenTheManagerIsGone() {
    String path = directory.resolve("gone").toString();
    try (ServiceManager told = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", path))) {
      told.ready("up");
      told.watchdog();
    }
  }

  @Test
  void shouldNotWaitForAManagerThatDoesNotRead() {
    String path = directory.resolve("notify").toString();
    try (UnixTestSocket manager = new UnixTestSocket(DATAGRAM, path);
        ServiceManager told = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", path))) {
      // A queue of Unix datagrams holds some hundred. If a send waited, it would wait 5 s.
      for (int i = 0; i < 10_000; i++) {
        told.watchdog();
      }

      assertThat(manager.receive()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void shouldIgnoreAnAddressThatIsNone() {
    for (String address : new String[] {"", "relative", "vsock:2:1", "/" + "x".repeat(107)}) {
      try (ServiceManager told =
          ServiceManager.fromEnvironment(
              Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "3000000"))) {
        told.ready("up");

        assertThat(told.watchdogMicros()).as(address).isZero();
      }
    }
  }
}
