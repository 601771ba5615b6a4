package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages with descriptors. The test plays both processes. */
class FdChannelTest {
  private static final long OWN_PID = ProcessHandle.current().pid();

  private final SystemCalls calls = new SystemCalls();
  private FdListener listener;
  private FdChannel one;
  private FdChannel other;

  @BeforeEach
  void connect() throws IOException {
    listener = new FdListener();
    one = FdChannel.connect(listener.name());
    other = listener.accept(OWN_PID, () -> true);
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
    listener.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
  }

  private static String file(int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
  }

  @Test
  void shouldPassAsManyDescriptorsAsTheKernelTakes() throws IOException {
    List<Integer> sent = new ArrayList<>();
    List<String> files = new ArrayList<>();
    for (int i = 0; i < FdChannel.FDS_MAX; i++) {
      sent.add(calls.socket(Linux.AF_UNIX, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0));
      files.add(file(sent.get(i)));
    }
    one.send("files", sent, soon());
    FdChannel.Message received = other.receive(soon());
    assertThat(received.text()).isEqualTo("files");
    for (int i = 0; i < FdChannel.FDS_MAX; i++) {
      assertThat(file(received.fds().get(i))).isEqualTo(files.get(i));
    }
    sent.forEach(calls::close);
    received.fds().forEach(calls::close);
  }

  @Test
  void shouldKeepMessagesApart() throws IOException {
    one.send("first", List.of(), soon());
    one.send("second", List.of(), soon());
    assertThat(other.receive(soon()).text()).isEqualTo("first");
    assertThat(other.receive(soon()).text()).isEqualTo("second");
  }

  @Test
  void shouldSeeTheEnd() throws IOException {
    one.close();
    assertThat(other.receive(soon())).isNull();
    one = FdChannel.connect(listener.name());
  }

  @Test
  void shouldNotWaitLongerThanAllowed() {
    assertThatThrownBy(() -> other.receive(System.nanoTime() + 1_000_000))
        .isInstanceOf(IOException.class)
        .hasMessage("the other broker is silent");
  }

  @Test
  void shouldCloseTheConnectionsOfOtherProcesses() throws IOException {
    FdChannel stranger = FdChannel.connect(listener.name());
    int[] rounds = {3};
    assertThat(listener.accept(OWN_PID + 1, () -> rounds[0]-- > 0)).isNull();
    assertThat(stranger.receive(soon())).isNull();
    stranger.close();
  }
}
