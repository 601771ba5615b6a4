package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.system.User;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The files of a process that was killed, taken out of its holder. */
class HeldFilesTest {
  /** Longer than a test may take. */
  private static final Duration LONG = Duration.ofMinutes(10);

  private static final Duration SHORT = Duration.ofMillis(100);

  private final SystemCalls calls = new SystemCalls();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private HeldBroker broker(Duration grace) throws IOException {
    HeldBroker broker = new HeldBroker(grace);
    opened.add(broker::end);
    return broker;
  }

  private HeldFiles files(HeldBroker broker) throws IOException {
    HeldFiles files = broker.files();
    opened.add(files);
    return files;
  }

  private int take(HeldFiles files, int number) throws IOException {
    int fd = files.take(number);
    opened.add(() -> calls.close(fd));
    return fd;
  }

  private Socket connect(HeldBroker broker) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port());
    opened.add(socket);
    socket.setSoTimeout((int) KernelLoop.DEADLINE.toMillis());
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
  }

  private void send(int fd, String text) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(text);
      assertThat(calls.sendto(fd, bytes.address(), text.length(), 0, 0, 0))
          .isEqualTo(text.length());
    }
  }

  private String receive(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(100);
      int length = (int) calls.recv(fd, bytes.address(), bytes.byteSize(), 0);
      return new String(bytes.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  @Test
  void shouldKeepTheFilesOfAKilledProcess() throws Exception {
    HeldBroker broker = broker(LONG);
    Socket accepted = connect(broker);
    int connection = broker.accept();
    write(accepted, "before, ");
    broker.kill();
    write(accepted, "after");
    Socket waiting = connect(broker);
    HeldFiles files = files(broker);
    assertThat(files.numbers())
        .contains(broker.listener(), connection, broker.memory(), broker.event());

    int taken = take(files, connection);
    int listener = take(files, broker.listener());
    int memory = take(files, broker.memory());
    int event = take(files, broker.event());
    files.end();

    assertThat(Path.of("/proc/" + broker.holder() + "/fd")).satisfies(HeldFilesTest::isEmpty);
    assertThat(receive(taken)).isEqualTo("before, after");
    send(taken, "answer");
    assertThat(read(accepted, 6)).isEqualTo("answer");
    int second = calls.accept4(listener, Linux.SOCK_CLOEXEC);
    opened.add(() -> calls.close(second));
    send(second, "welcome");
    assertThat(read(waiting, 7)).isEqualTo("welcome");
    try (Arena arena = Arena.ofConfined()) {
      assertThat(SealedMemory.map(memory, 4096, arena).getString(0)).isEqualTo(HeldBroker.CONTENT);
    }
    assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + event)))
        .containsPattern("eventfd-count: +" + HeldBroker.COUNT + "\n");
    assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + taken)))
        .as("close-on-exec")
        .containsPattern("flags:\\s+02.*\n");
  }

  /** Killed between accept(2) and the note of its result. */
  @Test
  void shouldFindAConnectionThatNobodyHasNoted() throws Exception {
    HeldBroker broker = broker(LONG);
    connect(broker);
    int noted = broker.accept();
    Socket second = connect(broker);
    broker.accept();
    broker.kill();
    HeldFiles files = files(broker);
    int listener = take(files, broker.listener());
    LostAccept lost = new LostAccept(files);

    int found = lost.take(Set.of(broker.listener(), noted), listener);

    assertThat(found).isNotNegative();
    opened.add(() -> calls.close(found));
    write(second, "second");
    assertThat(receive(found)).isEqualTo("second");
    int none = lost.take(Set.copyOf(files.numbers()), listener);
    assertThat(none).isEqualTo(-1);
  }

  /** A zombie of a process has no files, and none is left once its parent has reaped it. */
  private static void isEmpty(Path fds) {
    String[] all = fds.toFile().list();
    assertThat(all == null ? new String[0] : all).isEmpty();
  }

  @Test
  void shouldEndByItselfAfterItsGrace() throws Exception {
    HeldBroker broker = broker(SHORT);
    Socket peer = connect(broker);
    broker.accept();
    HeldFiles files = files(broker);
    broker.kill();

    assertThat(peer.getInputStream().read()).isEqualTo(-1);
    await().atMost(KernelLoop.DEADLINE).until(() -> files.tryTake(broker.listener()) < 0);
    assertThatIOException()
        .isThrownBy(() -> files.take(broker.listener()))
        .withMessageContaining("ESRCH");
  }

  @Test
  void shouldCloseAtOnceWhatItsProcessCloses() throws Exception {
    HeldBroker broker = broker(LONG);
    Socket peer = connect(broker);
    int connection = broker.accept();
    HeldFiles files = files(broker);

    broker.closeFile(connection);
    broker.closeFile(broker.listener());

    assertThat(peer.getInputStream().read()).isEqualTo(-1);
    new ServerSocket(broker.port(), 1, InetAddress.getLoopbackAddress()).close();
    assertThat(files.numbers()).doesNotContain(connection, broker.listener());
  }

  /** Otherwise a program that reads the log would not notice that the process has ended. */
  @Test
  void shouldEndTheOutputWithTheProcess() throws Exception {
    HeldBroker broker = broker(LONG);
    HeldFiles files = files(broker);
    assertThat(files.numbers()).contains(0, 1, 2);
    broker.kill();
    await()
        .atMost(KernelLoop.DEADLINE)
        .until(() -> files.numbers().stream().noneMatch(number -> number < 3));
    assertThat(files.numbers()).contains(broker.listener());
  }

  @Test
  void shouldBeClosedWithoutAHolder() throws Exception {
    HeldBroker broker = broker(LONG);
    Socket peer = connect(broker);
    broker.endHolder();
    broker.kill();
    assertThatIOException()
        .isThrownBy(() -> peer.getInputStream().transferTo(OutputStream.nullOutputStream()));
  }

  @Test
  void shouldRefuseAnotherProcess() throws Exception {
    Holder holder = Holder.start(LONG);
    opened.add(holder::end);
    assertThatIOException()
        .isThrownBy(() -> HeldFiles.of(holder.pid(), holder.startTicks() + 1))
        .withMessageContaining("is not that holder");
    int own = (int) ProcessHandle.current().pid();
    assertThatIOException()
        .isThrownBy(() -> HeldFiles.of(own, ProcessFacts.of(own).startTicks()))
        .withMessageContaining("is not that holder");
    holder.end();
    assertThatIOException()
        .isThrownBy(() -> HeldFiles.of(holder.pid(), holder.startTicks()))
        .withMessageContaining("there is no holder");
    assertThat(Leftovers.pidfds()).isZero();
  }

  @Test
  void shouldRefuseAZombie() throws Exception {
    HeldBroker broker = broker(LONG);
    ProcessHandle.of(broker.holder()).orElseThrow().destroyForcibly();
    await()
        .atMost(KernelLoop.DEADLINE)
        .until(
            () -> Files.readString(Path.of("/proc/" + broker.holder() + "/stat")).contains(" Z "));
    assertThatIOException().isThrownBy(broker::files).withMessageContaining("has ended");
  }

  @Test
  void shouldRefuseTheHolderOfAnotherUser() throws Exception {
    User.needs();
    List<String> line =
        User.STRANGER.run(
            List.of("sh", "-c", "printf %s sockbroker-keep > /proc/self/comm; echo; read wait"));
    Process other = new ProcessBuilder(line).start();
    opened.add(() -> other.destroyForcibly().waitFor());
    other.inputReader().readLine();
    int pid = (int) other.pid();
    assertThatIOException()
        .isThrownBy(() -> HeldFiles.of(pid, ProcessFacts.of(pid).startTicks()))
        .withMessageContaining("belongs to the user 61004");
  }
}
