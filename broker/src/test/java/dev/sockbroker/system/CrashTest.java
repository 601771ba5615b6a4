package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker is killed, and the next one continues. No client notices more than a pause. */
@Timeout(300)
class CrashTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int KILLS = 5;

  @TempDir private Path directory;

  private final List<FutureTask<?>> tasks = new ArrayList<>();

  /** How many bytes have arrived. */
  private final LongAdder moved = new LongAdder();

  private BrokerProcess broker;

  @BeforeEach
  void start() {
    broker = BrokerProcess.startAt(directory, "--keep=auto");
  }

  @AfterEach
  void stop() {
    broker.stop();
  }

  private void killBroker() throws InterruptedException, IOException {
    // Otherwise the state would be given up after three crashes within a minute.
    LeftMemory.of(broker.socket()).forgetCrashes();
    broker.process().destroyForcibly().waitFor();
    broker = BrokerProcess.startAt(directory, "--keep=auto");
  }

  /** Kills it while bytes move, each time after more of them. */
  private void killSometimes() throws InterruptedException, IOException {
    for (int i = 0; i < KILLS; i++) {
      long until = moved.sum() + i * 123_457L + 1;
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> moved.sum() >= until || tasks.stream().anyMatch(CrashTest::hasFailed));
      killBroker();
    }
  }

  private static boolean hasFailed(FutureTask<?> task) {
    return task.state() == Future.State.FAILED;
  }

  /** The stream, whose bytes are counted when they are read. */
  private InputStream counted(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        moved.add(Math.max(0, count));
        return count;
      }
    };
  }

  /** A connection of the broker, and its other end. */
  private record Lane(SharedSocket socket, Socket peer) implements AutoCloseable {
    static Lane of(Broker client) throws IOException {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        SharedSocket socket = client.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept();
        peer.setSoTimeout((int) SOON.toMillis());
        return new Lane(socket, peer);
      }
    }

    @Override
    public void close() throws IOException {
      peer.close();
      socket.close();
    }
  }

  private <T> FutureTask<T> begin(Callable<T> task) {
    FutureTask<T> begun = Background.begin(task);
    tasks.add(begun);
    return begun;
  }

  /** Returns the result of a task, or fails as soon as any of them fails. */
  private <T> T get(FutureTask<T> task) throws Exception {
    await()
        .atMost(60, SECONDS)
        .until(() -> task.isDone() || tasks.stream().anyMatch(CrashTest::hasFailed));
    for (FutureTask<?> it : tasks) {
      if (it.isDone()) {
        it.get();
      }
    }
    return task.get();
  }

  @Test
  void shouldCarryEveryByteOfFramesOnce() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Broker client = Broker.connect(broker.socket());
        Lane out = Lane.of(client);
        Lane in = Lane.of(client)) {
      FutureTask<Long> sending =
          begin(() -> PatternBytes.writeUntil(stop, out.socket.outputStream()));
      FutureTask<Long> taken =
          begin(() -> PatternBytes.readToEnd(counted(out.peer.getInputStream()), 0));
      FutureTask<Long> peerSending =
          begin(() -> PatternBytes.writeUntil(stop, in.peer.getOutputStream()));
      FutureTask<Long> received =
          begin(() -> PatternBytes.readToEnd(counted(in.socket.inputStream()), 0));
      killSometimes();
      stop.set(true);
      long sent = get(sending);
      long peerSent = get(peerSending);
      out.socket.shutdown(Direction.SEND);
      in.peer.shutdownOutput();
      assertThat(get(taken)).isEqualTo(sent).isPositive();
      assertThat(get(received)).isEqualTo(peerSent).isPositive();
    }
  }

  @Test
  void shouldCarryEveryByteOfStreamsOnce() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Broker client = Broker.connect(broker.socket());
        Lane fast = Lane.of(client);
        SocketStream stream = fast.socket.stream()) {
      FutureTask<Long> sending = begin(() -> PatternBytes.writeUntil(stop, stream.outputStream()));
      FutureTask<Long> peerSending =
          begin(() -> PatternBytes.writeUntil(stop, fast.peer.getOutputStream()));
      FutureTask<Long> received =
          begin(() -> PatternBytes.readToEnd(counted(stream.inputStream()), 0));
      FutureTask<Long> peerReceived =
          begin(() -> PatternBytes.readToEnd(counted(fast.peer.getInputStream()), 0));
      killSometimes();
      stop.set(true);
      long sent = get(sending);
      long peerSent = get(peerSending);
      fast.socket.shutdown(Direction.SEND);
      fast.peer.shutdownOutput();
      assertThat(get(peerReceived)).isEqualTo(sent).isPositive();
      assertThat(get(received)).isEqualTo(peerSent).isPositive();
    }
  }

  @Test
  void shouldCarryEveryByteOfRingsOnce() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client);
        SocketRing ring = lane.socket.ring(64 << 10)) {
      FutureTask<Long> sending = begin(() -> PatternBytes.writeUntil(stop, ring.outputStream()));
      FutureTask<Long> peerSending =
          begin(() -> PatternBytes.writeUntil(stop, lane.peer.getOutputStream()));
      FutureTask<Long> received =
          begin(() -> PatternBytes.readToEnd(counted(ring.inputStream()), 0));
      FutureTask<Long> peerReceived =
          begin(() -> PatternBytes.readToEnd(counted(lane.peer.getInputStream()), 0));
      killSometimes();
      stop.set(true);
      long sent = get(sending);
      long peerSent = get(peerSending);
      lane.socket.shutdown(Direction.SEND);
      lane.peer.shutdownOutput();
      assertThat(get(peerReceived)).isEqualTo(sent).isPositive();
      assertThat(get(received)).isEqualTo(peerSent).isPositive();
    }
  }

  @Test
  void shouldKeepTokensNamesAndWaitingOperations() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        Broker other = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      DescriptorToken token = lane.socket.duplicate(Target.session(other.session()), Rights.all());
      SharedSocket listener =
          client.open(
              SocketSpec.tcpListen("127.0.0.1", 0).name("web").retain(Duration.ofMinutes(1)));
      int port = ((InetSocketAddress) listener.localAddress()).getPort();
      FutureTask<Integer> waiting =
          begin(() -> lane.socket.receive(ByteBuffer.allocate(100), SOON));
      FutureTask<SharedSocket> accepting = begin(() -> listener.accept(SOON));
      killBroker();
      lane.peer.getOutputStream().write("heard".getBytes(UTF_8));
      assertThat(get(waiting)).isEqualTo(5);
      try (Socket plain = new Socket("127.0.0.1", port);
          SharedSocket accepted = get(accepting);
          SharedSocket second = other.redeem(token)) {
        second.send(ByteBuffer.wrap("again".getBytes(UTF_8)));
        assertThat(lane.peer.getInputStream().readNBytes(5)).isEqualTo("again".getBytes(UTF_8));
        assertThatThrownBy(() -> other.redeem(token)).isInstanceOf(BrokerException.class);
        accepted.send(ByteBuffer.wrap("hello".getBytes(UTF_8)));
        assertThat(plain.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
      }
      listener.close();
      killBroker();
      try (SharedSocket joined = other.attach("web");
          Socket plain = new Socket("127.0.0.1", port);
          SharedSocket accepted = joined.accept(SOON)) {
        assertThat(accepted).isNotNull();
        assertThat(plain.isConnected()).isTrue();
      }
    }
  }

  /** Any error that ends the broker is a crash like SIGKILL. */
  @Test
  void shouldContinueAfterOneThatHadNoMemory() throws Exception {
    broker.stop();
    String agent =
        FaultAgent.option(
            directory, "dev.sockbroker.broker.core.Conductor", "onRequest", OutOfMemoryError.class);
    broker =
        BrokerProcess.startAt(
            directory, List.of(BrokerProcess.JAVA.toString(), agent), "--keep=auto");
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      Path trigger = Files.createFile(FaultAgent.trigger(directory));
      FutureTask<Integer> sending =
          begin(() -> lane.socket.send(ByteBuffer.wrap("still".getBytes(UTF_8))));
      assertThat(broker.process().waitFor(30, SECONDS)).isTrue();
      assertThat(broker.log()).anyMatch(it -> it.contains("OutOfMemoryError"));
      Files.delete(trigger);
      broker = BrokerProcess.startAt(directory, "--keep=auto");
      assertThat(get(sending)).isEqualTo(5);
      assertThat(lane.peer.getInputStream().readNBytes(5)).isEqualTo("still".getBytes(UTF_8));
    }
  }

  /** The reply to its hello is not sent again, and does not count as an fd. */
  @Test
  void shouldPassEachFdOnce() throws Exception {
    try (WireClient session = WireClient.welcomed(broker.socket());
        WireClient fds = WireClient.connect(broker.socket())) {
      Request open = Request.Open.of(Family.INET, SocketType.STREAM);
      long descriptor = session.ask(Reply.Opened.class, open).descriptor();
      String key = session.ask(Reply.FdKey.class, new Request.NewFdKey()).key();
      fds.ask(Reply.Done.class, new Request.FdHello(key));
      killBroker();
      long export = session.send(new Request.Export(descriptor, true));
      assertThat(session.replyTo(export)).isEqualTo(new Reply.Done());
      assertThat(fds.bytes(1 + Long.BYTES).getLong(1)).isEqualTo(export);
    }
  }

  @Test
  void shouldReplaceAHolderThatIsKilled() throws Exception {
    long first = holder();
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      await().atMost(SOON).until(() -> holder() != first);
      killBroker();
      lane.socket.send(ByteBuffer.wrap("still".getBytes(UTF_8)));
      assertThat(lane.peer.getInputStream().readNBytes(5)).isEqualTo("still".getBytes(UTF_8));
    }
  }

  @Test
  void shouldSayWhatHappened() throws Exception {
    assertThat(show())
        .containsPattern("if it is killed +its sockets are kept by the holder " + holder());
    assertThat(show()).containsPattern("recovered +never");
    try (WireClient watcher = WireClient.connect(broker.socket())) {
      watcher.hello(true);
      watcher.ask(Reply.Done.class, new Request.Watch(true));
      killBroker();
      assertThat(recoveryOf(watcher)).matches("in [0-9]+ ms, [0-9]+ calls in doubt");
    }
    assertThat(show())
        .containsPattern("recovered +20[-0-9:TZ]+, in [0-9]+ ms, [0-9]+ calls in doubt");
    String json = Command.to(broker.socket()).run("show", "--broker", "--json").out();
    assertThat(json).contains("\"holder\":" + holder()).containsPattern("\"inDoubt\":[0-9]");
  }

  private String show() throws IOException, InterruptedException {
    return Command.to(broker.socket()).run("show", "--broker").out();
  }

  private static String recoveryOf(WireClient watcher) throws IOException {
    while (true) {
      if (watcher.event() instanceof Event.Happening it && it.what() == Event.What.RECOVERED) {
        return it.detail();
      }
    }
  }

  @Test
  void shouldFollowAnUpgrade() throws Exception {
    long former = holder();
    try (Broker client = Broker.connect(broker.socket());
        Lane lane = Lane.of(client)) {
      broker.upgrade();
      await().atMost(SOON).until(() -> ProcessHandle.of(former).isEmpty());
      assertThat(ProcessHandle.of(holder())).isPresent();
      ProcessHandle upgraded = ProcessHandle.of(broker.pid()).orElseThrow();
      upgraded.destroyForcibly();
      upgraded.onExit().get(30, SECONDS);
      broker = BrokerProcess.startAt(directory, "--keep=auto");
      lane.socket.send(ByteBuffer.wrap("still".getBytes(UTF_8)));
      assertThat(lane.peer.getInputStream().readNBytes(5)).isEqualTo("still".getBytes(UTF_8));
      lane.socket.close();
      assertThat(lane.peer.getInputStream().read()).isEqualTo(-1);
    }
  }

  private long holder() throws IOException {
    return Long.parseLong(Files.readString(Path.of(broker.socket() + ".kept")).split(" ")[0]);
  }

  @Test
  void shouldLeaveNothingWhenItStops() throws Exception {
    Path kept = Path.of(broker.socket() + ".kept");
    long holder = holder();
    assertThat(ProcessHandle.of(holder)).isPresent();
    broker.stop();
    assertThat(kept).doesNotExist();
    await().atMost(SOON).until(() -> ProcessHandle.of(holder).isEmpty());
    broker = BrokerProcess.startAt(directory, "--keep=auto");
  }
}
