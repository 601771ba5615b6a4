package dev.sockbroker.broker.os;

import static dev.sockbroker.broker.os.UnixTestSocket.DATAGRAM;
import static dev.sockbroker.broker.os.UnixTestSocket.STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivatedSocketsTest {
  private static final int F_GETFD = 1;
  private static final int F_GETFL = 3;
  private static final int O_NONBLOCK = 0x800;
  private static final String PID = Long.toString(ProcessHandle.current().pid());
  private static final Map<String, String> ONE = Map.of("LISTEN_PID", PID, "LISTEN_FDS", "1");

  @TempDir private Path directory;

  @Test
  void shouldAdoptTheListenerNonBlockingAndCloseOnExec() throws IOException {
    try (UnixTestSocket socket = socket(STREAM).listening()) {
      assertThat(socket.fcntl(F_GETFD)).isZero();

      assertThat(ActivatedSockets.fromEnvironment(ONE, socket.fd())).hasValue(socket.fd());

      assertThat(socket.fcntl(F_GETFD)).isOne();
      assertThat(socket.fcntl(F_GETFL) & O_NONBLOCK).isNotZero();
    }
  }

  @Test
  void shouldAdoptNothingWithoutTheVariables() throws IOException {
    assertThat(ActivatedSockets.fromEnvironment(Map.of())).isEmpty();
    assertThat(ActivatedSockets.fromEnvironment(Map.of("LISTEN_FDS", "1"))).isEmpty();
  }

  @Test
  void shouldLeaveTheSocketsOfAnotherProcessAlone() throws IOException {
    try (UnixTestSocket socket = socket(STREAM).listening()) {
      assertThat(
              ActivatedSockets.fromEnvironment(
                  Map.of("LISTEN_PID", "1", "LISTEN_FDS", "1"), socket.fd()))
          .isEmpty();

      assertThat(socket.fcntl(F_GETFD)).isZero();
    }
  }

  @Test
  void shouldSayWhatIsNoListener() {
    try (UnixTestSocket socket = socket(STREAM)) {
      assertThatThrownBy(() -> ActivatedSockets.fromEnvironment(ONE, socket.fd()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not listen");
    }
  }

  @Test
  void shouldSayWhatIsNoStreamSocketAndItsName() {
    Map<String, String> named =
        Map.of("LISTEN_PID", PID, "LISTEN_FDS", "1", "LISTEN_FDNAMES", "odd.socket");
    try (UnixTestSocket socket = socket(DATAGRAM)) {
      assertThatThrownBy(() -> ActivatedSockets.fromEnvironment(named, socket.fd()))
          .hasMessageContaining("(odd.socket) is not a Unix stream socket");
    }
  }

  @Test
  void shouldSayThatADescriptorIsNotOpen() {
    assertThatThrownBy(() -> ActivatedSockets.fromEnvironment(ONE, 1_000_000))
        .hasMessageContaining("is not open");
  }

  @Test
  void shouldRefuseMoreThanOneSocket() {
    for (String count : new String[] {"0", "2", "-1", "one"}) {
      assertThatThrownBy(
              () ->
                  ActivatedSockets.fromEnvironment(
                      Map.of("LISTEN_PID", PID, "LISTEN_FDS", count, "LISTEN_FDNAMES", "a:b")))
          .hasMessageContaining("LISTEN_FDS=" + count);
    }
  }

  @Test
  void shouldRefuseMoreNamesThanSockets() {
    Map<String, String> twoNames =
        Map.of("LISTEN_PID", PID, "LISTEN_FDS", "1", "LISTEN_FDNAMES", "a:b");

    assertThatThrownBy(() -> ActivatedSockets.fromEnvironment(twoNames))
        .hasMessageContaining("LISTEN_FDNAMES=a:b");
  }

  private UnixTestSocket socket(int type) {
    return new UnixTestSocket(type, directory.resolve("socket").toString());
  }
}
