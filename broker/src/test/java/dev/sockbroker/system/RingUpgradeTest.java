package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rings, raw fds and those that wait for their client, while the broker is replaced (rule 66). */
@Timeout(300)
class RingUpgradeTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int UPGRADES = 3;

  @TempDir private static Path directory;

  private static PausedUpgrade upgrade;
  private static BrokerProcess broker;

  @BeforeAll
  static void start() throws IOException {
    upgrade = new PausedUpgrade(directory);
    broker = upgrade.broker();
  }

  @AfterAll
  static void stop() {
    upgrade.close();
  }

  /** A connection with a ring, and its other end. */
  private record Lane(SharedSocket socket, SocketRing ring, Socket peer) implements AutoCloseable {
    static Lane of(Broker client) throws IOException {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        SharedSocket socket = client.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept();
        peer.setSoTimeout((int) SOON.toMillis());
        return new Lane(socket, socket.ring(64 << 10), peer);
      }
    }

    @Override
    public void close() throws IOException {
      peer.close();
      socket.close();
    }
  }

  /** One byte there and back again, so that one of the two ends always sleeps. */
  private static int playPingPong(Lane lane, AtomicBoolean stop) throws IOException {
    OutputStream out = lane.ring.outputStream();
    InputStream in = lane.ring.inputStream();
    int rounds = 0;
    while (!stop.get()) {
      out.write(rounds);
      assertThat(lane.peer.getInputStream().read()).isEqualTo(rounds & 0xff);
      lane.peer.getOutputStream().write(rounds + 1);
      assertThat(in.read()).isEqualTo((rounds + 1) & 0xff);
      rounds++;
    }
    return rounds;
  }

  @Test
  void shouldCarryEveryByteOnceAndRingWhoSleeps() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Broker client = Broker.connect(broker.socket());
        Lane fast = Lane.of(client);
        Lane small = Lane.of(client);
        Lane asleep = Lane.of(client)) {
      FutureTask<Long> sending =
          begin(() -> PatternBytes.writeUntil(stop, fast.ring.outputStream()));
      FutureTask<Long> peerSending =
          begin(() -> PatternBytes.writeUntil(stop, fast.peer.getOutputStream()));
      FutureTask<Long> received = begin(() -> PatternBytes.readToEnd(fast.ring.inputStream(), 0));
      FutureTask<Long> peerReceived =
          begin(() -> PatternBytes.readToEnd(fast.peer.getInputStream(), 0));
      FutureTask<Integer> rounds = begin(() -> playPingPong(small, stop));
      FutureTask<Integer> sleeping = begin(() -> asleep.ring.inputStream().read());
      for (int i = 0; i < UPGRADES - 1; i++) {
        broker.upgrade();
      }
      assertThat(sleeping).isNotDone();
      // The doorbell rings in the pause, too.
      upgrade.during(
          () -> {
            asleep.peer.getOutputStream().write('!');
            asleep.ring.outputStream().write("heard".getBytes(UTF_8));
          });
      assertThat(sleeping.get(60, SECONDS)).isEqualTo('!');
      assertThat(asleep.peer.getInputStream().readNBytes(5)).isEqualTo("heard".getBytes(UTF_8));
      stop.set(true);
      assertThat(rounds.get(60, SECONDS)).isGreaterThan(UPGRADES);
      long sent = sending.get(60, SECONDS);
      long peerSent = peerSending.get(60, SECONDS);
      fast.socket.shutdown(Direction.SEND);
      fast.peer.shutdownOutput();
      assertThat(peerReceived.get(60, SECONDS)).isEqualTo(sent).isGreaterThan(1 << 20);
      assertThat(received.get(60, SECONDS)).isEqualTo(peerSent).isGreaterThan(1 << 20);
    }
  }

  @Test
  void shouldPassAnFdThatWaitsForItsClient() throws Exception {
    try (Broker client = Broker.connect(broker.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket socket =
            client.open(
                SocketSpec.tcp("127.0.0.1", server.getLocalPort())
                    .name("late " + client.session()));
        Socket peer = server.accept();
        PythonProgram python =
            new PythonProgram(
                "rawfd.py", broker.socket().toString(), "late", "late " + client.session())) {
      assertThat(python.line()).contains("\"asked\"");
      broker.upgrade();
      broker.upgrade();
      python.say("take");
      peer.getOutputStream().write("hello".getBytes(UTF_8));
      assertThat(python.line()).contains("\"first\": \"he\"", "\"second\": \"llo\"");
      assertThat(socket.isClosed()).isFalse();
    }
  }

  @Test
  void shouldServeEachClientOfAnExportedListenerOnce() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger framed = new AtomicInteger();
    try (Broker client = Broker.connect(broker.socket())) {
      String name = "exported " + client.session();
      SharedSocket listener = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name(name));
      try (PythonProgram python =
          new PythonProgram("rawfd.py", broker.socket().toString(), "accept", name)) {
        assertThat(python.line()).contains("\"blocking\": true");
        InetSocketAddress address = (InetSocketAddress) listener.localAddress();
        FutureTask<Void> serving = begin(() -> serve(listener, framed));
        List<FutureTask<Integer>> asking = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          asking.add(begin(() -> ask(address, stop)));
        }
        for (int i = 0; i < 3; i++) {
          broker.upgrade();
        }
        stop.set(true);
        int asked = 0;
        for (FutureTask<Integer> it : asking) {
          asked += it.get(60, SECONDS);
        }
        assertThat(asked).isGreaterThan(100);
        // Also who waits for the next connection.
        python.kill();
        int before = framed.get();
        assertThat(answer(address)).isEqualTo("framed");
        assertThat(framed.get()).isEqualTo(before + 1);
        listener.close();
        serving.get(60, SECONDS);
      }
    }
  }

  private static Void serve(SharedSocket listener, AtomicInteger count) throws IOException {
    while (!listener.isClosed()) {
      try (SharedSocket connection = listener.accept()) {
        count.incrementAndGet();
        connection.outputStream().write("framed\n".getBytes(UTF_8));
      } catch (ClosedChannelException e) {
        return null;
      }
    }
    return null;
  }

  private static int ask(InetSocketAddress address, AtomicBoolean stop) throws IOException {
    int count = 0;
    while (!stop.get()) {
      assertThat(answer(address)).isIn("framed", "python");
      count++;
    }
    return count;
  }

  /** What one client is told, to the end of its connection. */
  private static String answer(InetSocketAddress address) throws IOException {
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      client.setSoTimeout((int) SOON.toMillis());
      return new String(client.getInputStream().readAllBytes(), UTF_8).strip();
    }
  }
}
