package dev.sockbroker.system;

import static dev.sockbroker.system.StreamRig.bytes;
import static dev.sockbroker.system.StreamRig.fill;
import static dev.sockbroker.system.StreamRig.receive;
import static dev.sockbroker.system.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The messages and the connection of a stream, without the client library. */
@Timeout(60)
@WithBroker
final class StreamWireTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static BrokerProcess process;
  private StreamRig rig;
  private Broker broker;
  private SharedSocket shared;
  private Socket plain;

  @BeforeEach
  void connect() throws IOException {
    rig = StreamRig.open(process);
    broker = rig.broker();
    shared = rig.shared();
    plain = rig.plain();
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  /** A client that closes only its connection has left the stream. */
  @Test
  void shouldFreeBothDirectionsWhenItsConnectionIsClosed() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = client.redeem(shared);
      try (WireClient data = connected(client, descriptor)) {
        data.write(ByteBuffer.wrap(PatternBytes.from(0, 100_000)));
      }
      rig.assertReadsPattern(100_000);
      await()
          .atMost(SOON)
          .until(() -> client.ask(nothingToReceive(descriptor)), StreamWireTest::isEagain);
      assertThat(client.ask(Request.Send.of(descriptor, -1L), new byte[] {'x'}))
          .isInstanceOf(Reply.Sent.class);
      assertThat(rig.reads(1)).isEqualTo("x");
      client.refused(Errno.EINVAL, new Request.DetachStream(descriptor));
      try (WireClient data = connected(client, descriptor)) {
        rig.sends("again");
        assertThat(text(data.bytes(5))).isEqualTo("again");
      }
    }
  }

  /** The connection of a new stream, after its greeting. */
  private static WireClient connected(WireClient client, long descriptor) throws IOException {
    Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
    WireClient data = WireClient.connect(process.socket());
    assertThat(data.ask(new Request.StreamHello(stream.key()))).isInstanceOf(Reply.Done.class);
    return data;
  }

  private static Request nothingToReceive(long descriptor) {
    return new Request.Receive(descriptor, 1, 0L, false, false);
  }

  private static boolean isEagain(Reply reply) {
    return reply instanceof Reply.Error error && error.errno() == Errno.EAGAIN;
  }

  @Test
  void shouldTellHowEachDirectionHasEnded() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = client.redeem(shared);
      try (WireClient data = connected(client, descriptor)) {
        rig.sends("last");
        plain.shutdownOutput();
        assertThat(text(data.bytes(4))).isEqualTo("last");
        data.skipToEnd();
        assertThat(client.event())
            .isEqualTo(new Event.StreamEnded(descriptor, Direction.RECEIVE, 0));
        data.write(bytes("still"));
        assertThat(rig.reads(5)).isEqualTo("still");
        plain.setSoLinger(true, 0);
        plain.close();
        assertThatThrownBy(
                () -> {
                  while (true) {
                    data.write(bytes("into the void"));
                  }
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Broken pipe");
        assertThat(client.event())
            .isInstanceOfSatisfying(
                Event.StreamEnded.class,
                it -> {
                  assertThat(it.direction()).isEqualTo(Direction.SEND);
                  assertThat(it.error()).isIn(Errno.ECONNRESET, Errno.EPIPE);
                });
      }
    }
  }

  /** Bytes directly behind the hello belong to the stream, as if they came after the reply. */
  @Test
  void shouldTakeBytesThatComeWithTheHello() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket());
        WireClient data = WireClient.connect(process.socket())) {
      long descriptor = client.redeem(shared);
      Reply.Stream stream = client.ask(Reply.Stream.class, new Request.AttachStream(descriptor));
      rig.sends("waiting");
      ByteBuffer hello =
          new FrameCodec().encode(1, new Request.StreamHello(stream.key()), /* payload */ 0);
      ByteBuffer all = ByteBuffer.allocate(hello.remaining() + 50_000);
      all.put(hello).put(PatternBytes.from(0, 50_000)).flip();
      data.write(all);
      rig.assertReadsPattern(50_000);
      assertThat(data.next().message()).isInstanceOf(Reply.Done.class);
      assertThat(text(data.bytes(7))).isEqualTo("waiting");
    }
  }

  @Test
  void shouldAttachAStreamToWhatItAccepts() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      Request open =
          Request.Open.of(Family.INET, SocketType.STREAM).boundTo(Address.inet("127.0.0.1", 0));
      long listener = client.ask(Reply.Opened.class, open).descriptor();
      int port = client.ask(Reply.Addresses.class, new Request.Listen(listener, 8)).local().port();
      try (Socket peer = new Socket(LOOPBACK, port)) {
        peer.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
        Reply.Opened accepted =
            client.ask(Reply.Opened.class, new Request.Accept(listener, -1L, true, 0));
        client.refused(Errno.EBUSY, nothingToReceive(accepted.descriptor()));
        try (WireClient data = WireClient.connect(process.socket())) {
          assertThat(data.ask(new Request.StreamHello(accepted.stream())))
              .isInstanceOf(Reply.Done.class);
          assertThat(text(data.bytes(5))).isEqualTo("hello");
          data.write(bytes("world"));
          assertThat(new String(peer.getInputStream().readNBytes(5), StandardCharsets.UTF_8))
              .isEqualTo("world");
        }
      }
      try (Socket peer = new Socket(LOOPBACK, port)) {
        Reply.Opened accepted = client.ask(Reply.Opened.class, new Request.Accept(listener, -1L));
        assertThat(accepted.peer().port()).isEqualTo(peer.getLocalPort());
        assertThat(accepted.stream()).isNull();
      }
    }
  }

  @Test
  void shouldEndTheConnectionOfARevokedDescriptor() throws Exception {
    try (WireClient client = WireClient.welcomed(process.socket())) {
      long descriptor = client.redeem(shared);
      try (WireClient data = connected(client, descriptor)) {
        data.write(bytes("before "));
        assertThat(rig.reads(7)).isEqualTo("before ");
        assertThat(Command.to(process.socket()).run("revoke", "d" + descriptor).exitCode())
            .isZero();
        rig.sends("too late");
        assertThatThrownBy(() -> data.write(bytes("too late")))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Broken pipe");
        data.assertEnds();
      }
      assertThat(client.event()).isInstanceOf(Event.Revoked.class);
      shared.send(bytes("after"), SOON);
      assertThat(rig.reads(5)).isEqualTo("after");
      assertThat(receive(shared, 8)).isEqualTo("too late");
    }
  }

  @Test
  void shouldSendWhatWasWrittenAlsoWhenTheLastHolderLeaves() throws Exception {
    SocketStream stream = shared.stream();
    int written = fill(stream);
    broker.close();
    assertThat(PatternBytes.readToEnd(plain.getInputStream(), 0)).isEqualTo(written);
  }
}
