package dev.sockbroker.system;

import static dev.sockbroker.system.Background.begin;
import static dev.sockbroker.system.StreamRig.assertRefused;
import static dev.sockbroker.system.StreamRig.awaitAsleep;
import static dev.sockbroker.system.StreamRig.bytes;
import static dev.sockbroker.system.StreamRig.fill;
import static dev.sockbroker.system.StreamRig.get;
import static dev.sockbroker.system.StreamRig.read;
import static dev.sockbroker.system.StreamRig.receive;
import static dev.sockbroker.system.StreamRig.text;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream of one worker on a socket that others hold, too: who gets which bytes and events. */
@Timeout(60)
@WithBroker
final class StreamSharingTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MUCH = 20_000_000;

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

  // ---- leaving

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldLoseNothingWhenItIsDetached(boolean nextIsStream) throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    FutureTask<Void> sending = begin(() -> PatternBytes.write(plain.getOutputStream(), MUCH));
    InputStream in = stream.inputStream();
    long taken = PatternBytes.read(in, 0, 100_000);
    assertThat(taken).isEqualTo(100_000);
    stream.write(bytes("first "));
    stream.detach();
    taken = PatternBytes.readToEnd(in, taken);
    assertThat(taken).as("passed on before").isBetween(100_000L, 100_000L + (64 << 10));
    assertThatThrownBy(() -> stream.write(bytes("x"), SOON)).isInstanceOf(IOException.class);

    SocketStream second = nextIsStream ? other.stream() : null;
    InputStream rest = nextIsStream ? second.inputStream() : other.inputStream();
    assertThat(PatternBytes.read(rest, taken, MUCH)).isEqualTo(MUCH);
    get(sending);
    if (nextIsStream) {
      second.write(bytes("second"));
    } else {
      other.send(bytes("second"), SOON);
    }
    assertThat(rig.reads(12)).isEqualTo("first second");
  }

  /** What was written before is sent before the bytes of the next holder. */
  @Test
  void shouldSendWhatWasWrittenBeforeADetach() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    int written = fill(stream);
    stream.detach();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
    CompletableFuture<Integer> next = other.sendAsync(bytes("next"), Broker.FOREVER);
    rig.assertReadsPattern(written);
    assertThat(next.get(30, SECONDS)).isEqualTo(4);
    assertThat(rig.reads(4)).isEqualTo("next");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "descriptor", "session"})
  void shouldSendWhatWasWrittenWhenItIsClosed(String what) throws Exception {
    try (Broker keeper = Broker.connect(process.socket())) {
      SharedSocket other = rig.sharedWith(keeper);
      SocketStream stream = shared.stream();
      int written = fill(stream);
      switch (what) {
        case "stream" -> stream.close();
        case "descriptor" -> shared.close();
        default -> broker.close();
      }
      rig.assertReadsPattern(written);
      ByteBuffer one = ByteBuffer.allocate(1);
      rig.sends("!");
      await()
          .atMost(SOON)
          .ignoreException(BrokerException.class)
          .until(() -> other.receive(one, SOON) == 1);
      SocketStream next = other.stream();
      next.write(bytes("next"));
      assertThat(rig.reads(4)).isEqualTo("next");
    }
  }

  // ---- others

  @Test
  void shouldRefuseOthersInItsDirections() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SharedSocket receiver = rig.with(Right.RECV);
    SharedSocket sender = rig.with(Right.SEND);
    SocketStream in = receiver.stream();
    assertRefused(Errno.EBUSY, () -> other.receive(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> other.peek(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> receiver.receive(ByteBuffer.allocate(1), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> other.ring(4096));
    assertRefused(Errno.EBUSY, other::stream);
    assertRefused(Errno.EBUSY, receiver::stream);
    assertThat(other.send(bytes("free"), SOON)).isEqualTo(4);
    assertThat(rig.reads(4)).isEqualTo("free");

    SocketStream out = sender.stream();
    assertRefused(Errno.EBUSY, () -> other.send(bytes("x"), Duration.ZERO));
    assertRefused(Errno.EBUSY, () -> sender.ring(4096));
    in.close();
    rig.sends("in");
    assertThat(receive(other, 2)).isEqualTo("in");
    out.close();
    assertThat(other.send(bytes("x"), SOON)).isEqualTo(1);
    assertThat(rig.reads(1)).isEqualTo("x");
  }

  @Test
  void shouldNotOvertakeOperationsThatWait() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    ByteBuffer into = ByteBuffer.allocate(4);
    CompletableFuture<Integer> waiting = other.receiveAsync(into, Broker.FOREVER);
    broker.ping();
    assertRefused(Errno.EBUSY, shared::stream);
    rig.sends("wait");
    assertThat(waiting.get(30, SECONDS)).isEqualTo(4);
    SocketStream stream = shared.stream();
    rig.sends("more");
    assertThat(read(stream, 4)).isEqualTo("more");
  }

  @Test
  void shouldRefuseWhatCannotBe() throws Exception {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    assertRefused(Errno.ENOTCONN, listener::stream);
    SharedSocket udp = broker.open(SocketSpec.udp("127.0.0.1", 0));
    assertRefused(Errno.EOPNOTSUPP, udp::stream);
    SharedSocket neither = rig.with(Right.GETOPT);
    assertRefused(Errno.EPERM, neither::stream);
  }

  @Test
  void shouldGiveEachDirectionToWhoHasTheRight() throws Exception {
    SocketStream out = rig.with(Right.SEND).stream();
    SocketStream in = rig.with(Right.RECV).stream();
    rig.sends("in");
    assertThat(read(in, 2)).isEqualTo("in");
    out.write(bytes("out"));
    assertThat(rig.reads(3)).isEqualTo("out");
    assertThatThrownBy(() -> in.write(bytes("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("SEND");
    assertThatThrownBy(() -> out.read(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("RECV");
    // neither does the kernel let them
    assertThatThrownBy(() -> in.channel().write(bytes("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Broken pipe");
    assertThat(out.channel().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    rig.sends("on");
    assertThat(read(in, 2)).isEqualTo("on");
  }

  @Test
  void shouldEndAtOnceWhenTheDescriptorIsRevoked() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    SocketChannel channel = stream.channel();
    stream.write(bytes("before "));
    FutureTask<String> reading = begin(() -> read(stream, 1));
    awaitAsleep(reading);
    assertThat(rig.reads(7)).isEqualTo("before ");
    assertThat(Command.to(process.socket()).run("revoke", "d" + shared.id()).exitCode()).isZero();
    assertThatThrownBy(() -> get(reading))
        .cause()
        .isExactlyInstanceOf(AsynchronousCloseException.class);
    assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> stream.write(bytes("x"), SOON)).isInstanceOf(IOException.class);
    other.send(bytes("after"), SOON);
    assertThat(rig.reads(5)).isEqualTo("after");
  }

  // ---- urgent bytes

  @Test
  void shouldLeaveTheUrgentByteToWhoAsksForIt() throws Exception {
    SharedSocket other = rig.sharedWith(broker);
    SocketStream stream = shared.stream();
    rig.sends("ab");
    plain.sendUrgentData('!');
    rig.sends("cd");
    ByteBuffer urgent = ByteBuffer.allocate(1);
    await().atMost(SOON).ignoreExceptions().until(() -> other.receiveUrgent(urgent.clear()) == 1);
    assertThat(text(urgent.flip())).isEqualTo("!");
    assertThat(read(stream, 4)).isEqualTo("abcd");
  }

  @Test
  void shouldPassAnUrgentByteThatNobodyWants() throws Exception {
    SocketStream stream = shared.stream();
    for (int i = 0; i < 5; i++) {
      rig.sends("ab");
      plain.sendUrgentData('!');
      rig.sends("cd");
      assertThat(read(stream, 4)).isEqualTo("abcd");
    }
    plain.sendUrgentData('?');
    plain.shutdownOutput();
    assertThat(stream.read(ByteBuffer.allocate(1), SOON)).isEqualTo(-1);
  }

  // ---- events

  /** What the broker passes on counts as received. */
  @Test
  void shouldReportAgainWhatIsLeftInTheSocket() throws Exception {
    BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
    SocketStream stream = shared.stream();
    FutureTask<Void> sending = begin(() -> PatternBytes.write(plain.getOutputStream(), MUCH));
    shared.asyncSelect(
        EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE),
        (NetworkEventMessage it) -> events.add(it.event()));
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.READ);
    InputStream in = stream.inputStream();
    assertThat(PatternBytes.read(in, 0, MUCH / 2)).isEqualTo(MUCH / 2);
    assertThat(events.poll(30, SECONDS)).as("passing on").isEqualTo(NetworkEvent.READ);
    assertThat(PatternBytes.read(in, MUCH / 2, MUCH)).isEqualTo(MUCH);
    get(sending);
    plain.shutdownOutput();
    assertThat(in.read()).isEqualTo(-1);
    await().atMost(SOON).until(() -> events.contains(NetworkEvent.CLOSE));
  }

  /** Bytes that are passed on completely are not reported (rule 39). */
  @Test
  void shouldNotReportWhatItPassesOn() throws Exception {
    BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
    SocketStream stream = shared.stream();
    // from now on the broker knows the connection
    rig.sends("x");
    assertThat(read(stream, 1)).isEqualTo("x");
    shared.asyncSelect(
        EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE),
        (NetworkEventMessage it) -> events.add(it.event()));
    for (int i = 0; i < 20; i++) {
      rig.sends("12345");
      assertThat(read(stream, 5)).isEqualTo("12345");
    }
    plain.shutdownOutput();
    assertThat(events.poll(30, SECONDS)).isEqualTo(NetworkEvent.CLOSE);
    assertThat(events).isEmpty();
  }

  // ---- what is shown

  @Test
  void shouldBeShownAndCounted() throws Exception {
    try (WireClient observer = WireClient.welcomed(process.socket())) {
      int before = observer.streams();
      SocketStream stream = shared.stream();
      rig.sends("12345");
      assertThat(read(stream, 5)).isEqualTo("12345");
      stream.write(bytes("1234567"));
      assertThat(rig.reads(7)).isEqualTo("1234567");

      Command command = Command.to(process.socket());
      String id = "d" + shared.id();
      String[] lines =
          command.run("list", "--pid", "" + broker.pid()).out().lines().toArray(String[]::new);
      assertThat(lines[0]).contains("LANE");
      assertThat(lines[1].substring(lines[0].indexOf("LANE"))).startsWith("stream");
      assertThat(command.run("list", "--pid", "" + broker.pid(), "--json").out())
          .contains("\"bytesIn\":5", "\"bytesOut\":7", "stream");
      assertThat(command.run("show", id).out()).contains("stream");
      assertThat(observer.streams()).isEqualTo(before + 1);
      assertThat(command.run("show", "--broker").out()).containsPattern("streams +" + (before + 1));
      stream.close();
      assertThat(observer.streams()).isEqualTo(before);
      assertThat(command.run("list", "--pid", "" + broker.pid(), "--json").out())
          .contains("\"bytesIn\":5", "\"bytesOut\":7");
    }
  }
}
