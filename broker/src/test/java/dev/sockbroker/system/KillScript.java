package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/** What two clients do with a broker. It must go the same way whenever the broker is killed. */
final class KillScript {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final Broker one;
  private final Broker two;
  private final String name;

  private KillScript(Broker one, Broker two, String name) {
    this.one = one;
    this.two = two;
    this.name = name;
  }

  /**
   * Plays it. Returns nothing that means anything.
   *
   * @param name that no other has at the same time
   */
  static Void play(Path broker, String name) throws IOException {
    try (Broker one = Broker.connect(broker);
        Broker two = Broker.connect(broker)) {
      KillScript script = new KillScript(one, two, name);
      script.connects();
      script.listens();
      script.exchangesDatagrams();
    }
    return null;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String receive(SharedSocket from, int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length);
    while (into.hasRemaining() && from.receive(into, SOON) > 0) {
      // Until everything is there, or the end.
    }
    return new String(into.array(), 0, into.position(), UTF_8);
  }

  private static String read(Socket from, int length) throws IOException {
    from.setSoTimeout((int) SOON.toMillis());
    return new String(from.getInputStream().readNBytes(length), UTF_8);
  }

  private static void write(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(UTF_8));
  }

  /** A socket that is bound and connected step by step, shared, and used by both sessions. */
  private void connects() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        SharedSocket socket = one.socket(Family.INET, SocketType.STREAM)) {
      server.setSoTimeout((int) SOON.toMillis());
      socket.bind(new InetSocketAddress(LOOPBACK, 0));
      socket.connect(server.getLocalSocketAddress(), SOON);
      try (Socket peer = server.accept()) {
        assertThat(peer.getPort()).isEqualTo(port(socket));
        exchange(socket, peer);
        shareAndEnd(socket, peer);
      }
    }
  }

  private static int port(SharedSocket socket) throws IOException {
    return ((InetSocketAddress) socket.localAddress()).getPort();
  }

  private static void exchange(SharedSocket socket, Socket peer) throws IOException {
    socket.setOption("SO_KEEPALIVE", true);
    assertThat(socket.send(bytes("first"))).isEqualTo(5);
    assertThat(socket.send(bytes(", second"))).isEqualTo(8);
    assertThat(read(peer, 13)).isEqualTo("first, second");
    write(peer, "an answer");
    assertThat(receive(socket, 9)).isEqualTo("an answer");
    assertThat(socket.getOption("SO_KEEPALIVE")).isEqualTo(true);
  }

  private void shareAndEnd(SharedSocket socket, Socket peer) throws IOException {
    DescriptorToken token = socket.duplicate(Target.session(two.session()), Rights.all());
    try (SharedSocket second = two.redeem(token)) {
      assertUsed(token);
      second.send(bytes("by two"));
      assertThat(read(peer, 6)).isEqualTo("by two");
      try (SocketStream stream = second.stream()) {
        stream.outputStream().write("in a stream".getBytes(UTF_8));
        assertThat(read(peer, 11)).isEqualTo("in a stream");
        write(peer, "to a stream");
        assertThat(stream.inputStream().readNBytes(11)).isEqualTo("to a stream".getBytes(UTF_8));
      }
      socket.shutdown(Direction.SEND);
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      write(peer, "last");
      peer.shutdownOutput();
      assertThat(receive(second, 10)).isEqualTo("last");
    }
  }

  private void assertUsed(DescriptorToken token) throws IOException {
    try (SharedSocket again = two.redeem(token)) {
      throw new AssertionError("the token gave a second descriptor: " + again);
    } catch (BrokerException e) {
      assertThat(e.errno()).isEqualTo(Errno.EINVAL);
    }
  }

  /** A listener with a name, whose connection the other session accepts. */
  private void listens() throws IOException {
    SocketSpec spec = SocketSpec.tcpListen("127.0.0.1", 0).name(name);
    int port;
    try (SharedSocket listener = one.open(spec);
        SharedSocket attached = two.attach(name)) {
      port = port(listener);
      try (Socket client = new Socket(LOOPBACK, port)) {
        answer(client, attached);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
    }
    // It is closed, so the port is free.
    one.open(SocketSpec.tcpListen("127.0.0.1", port)).close();
  }

  private static void answer(Socket client, SharedSocket listener) throws IOException {
    try (SharedSocket accepted = listener.accept(SOON)) {
      write(client, "question");
      assertThat(receive(accepted, 8)).isEqualTo("question");
      accepted.send(bytes("answer"));
      assertThat(read(client, 6)).isEqualTo("answer");
    }
  }

  private void exchangesDatagrams() throws IOException {
    try (SharedSocket socket = one.socket(Family.INET, SocketType.DGRAM);
        DatagramSocket peer = new DatagramSocket(0, LOOPBACK)) {
      peer.setSoTimeout((int) SOON.toMillis());
      socket.bind(new InetSocketAddress(LOOPBACK, 0));
      socket.sendTo(bytes("one"), peer.getLocalSocketAddress());
      socket.sendTo(bytes("three"), peer.getLocalSocketAddress());
      assertThat(taken(peer)).isEqualTo("one");
      assertThat(taken(peer)).isEqualTo("three");
      peer.send(new DatagramPacket("five".getBytes(UTF_8), 4, socket.localAddress()));
      peer.send(new DatagramPacket("eleven".getBytes(UTF_8), 6, socket.localAddress()));
      assertThat(receiveOne(socket)).isEqualTo("five");
      assertThat(receiveOne(socket)).isEqualTo("eleven");
    }
  }

  private static String receiveOne(SharedSocket from) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(100);
    int length = from.receive(into, SOON);
    return new String(into.array(), 0, length, UTF_8);
  }

  private static String taken(DatagramSocket from) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    from.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }
}
