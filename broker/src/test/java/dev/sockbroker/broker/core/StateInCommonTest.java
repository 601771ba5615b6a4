package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import org.junit.jupiter.api.Test;

/** The state that all holders of a socket share (rules 21 to 23, 44, 45). */
class StateInCommonTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final long listener = a.listener(8);
  private final SimulatedTcp peer = a.dial(listener);
  private final long server = a.accept(listener);
  private final long shared = a.share(server, b);

  @Test
  void shouldAnswerAnOptionWithWhatTheKernelMadeOfIt() {
    assertThat(a.set(server, "SO_RCVBUF", 1000L)).isEqualTo(2304L);
    assertThat(b.get(shared, "SO_RCVBUF")).isEqualTo(2304L);
    assertThat(b.outcome(Request.GetOption.named(shared, "SO_NONE"))).isEqualTo("ENOPROTOOPT");
    assertThat(b.outcome(Request.SetOption.named(shared, "SO_KEEPALIVE", "yes")))
        .isEqualTo("EINVAL");
  }

  @Test
  void shouldRememberTheAddressesWhenTheKernelSaysThemNoLonger() {
    Address from = peer.localAddress();
    peer.close();
    a.ask(new Request.Shutdown(server, Direction.SEND));
    Reply.Addresses addresses = b.ask(Reply.Addresses.class, new Request.GetAddresses(shared));
    assertThat(addresses.peer()).isEqualTo(from);
    assertThat(addresses.local()).isEqualTo(a.local(listener));
  }

  @Test
  void shouldTellEveryHolderOfAReset() {
    peer.reset();
    broker.settle();
    assertThat(a.receive(server, 1)).isEqualTo("ECONNRESET");
    assertThat(b.receive(shared, 1)).isEqualTo("ECONNRESET");
    assertThat(b.get(shared, "SO_ERROR")).isEqualTo(104L);
    assertThat(a.get(server, "SO_ERROR")).isEqualTo(104L);
    assertThat(a.send(server, "x")).isEqualTo("ECONNRESET");
  }

  @Test
  void shouldHandOutTheDataBeforeTheError() {
    peer.send(RecordingSession.bytes("abc"), null, false);
    peer.reset();
    broker.settle();
    assertThat(a.get(server, "SO_ERROR")).isEqualTo(104L);
    assertThat(b.receive(shared, 2)).isEqualTo("'ab'");
    assertThat(a.receive(server, 2)).isEqualTo("'c'");
    assertThat(b.receive(shared, 2)).isEqualTo("ECONNRESET");
  }

  @Test
  void shouldTellEveryHolderOfThePeersEndAlthoughASendHasFailed() {
    peer.send(RecordingSession.bytes("abc"), null, false);
    peer.shutdown(Direction.SEND);
    peer.reset();
    broker.settle();
    assertThat(a.send(server, "x")).isEqualTo("EPIPE");
    assertThat(b.receive(shared, 9)).isEqualTo("'abc'");
    assertThat(b.receive(shared, 9)).isEqualTo("''");
    assertThat(a.receive(server, 9)).isEqualTo("''");
    assertThat(b.get(shared, "SO_ERROR")).isEqualTo(32L);
    assertThat(b.send(shared, "x")).isEqualTo("EPIPE");
    a.select(server, NetworkEvent.CLOSE);
    assertThat(a.takeEvents()).containsExactly("CLOSE(EPIPE)");
  }

  @Test
  void shouldTellOfThePeersEndThoughTheConnectionDiedOfAReset() {
    peer.shutdown(Direction.SEND);
    broker.settle();
    a.fill(server);
    a.ask(new Request.Shutdown(server, Direction.SEND));
    peer.reset();
    broker.settle();
    assertThat(b.get(shared, "SO_ERROR")).isEqualTo(104L);
    assertThat(b.receive(shared, 9)).isEqualTo("''");
  }

  @Test
  void shouldKeepReadingBehindAShutdownForSending() {
    a.ask(new Request.Shutdown(server, Direction.SEND));
    assertThat(b.send(shared, "x")).isEqualTo("EPIPE");
    peer.send(RecordingSession.bytes("abc"), null, false);
    peer.close();
    broker.settle();
    assertThat(b.receive(shared, 9)).isEqualTo("'abc'");
    assertThat(b.receive(shared, 9)).isEqualTo("''");
    assertThat(b.get(shared, "SO_ERROR")).isEqualTo(0L);
  }

  @Test
  void shouldNotLetAShutdownBeforeTheConnectionReachTheKernel() {
    long client = a.tcp();
    assertThat(a.outcome(new Request.Shutdown(client, Direction.SEND))).isEqualTo("ENOTCONN");
    SimulatedTcp outside = broker.kernel.tcp();
    outside.listen(4);
    a.ask(new Request.Connect(client, outside.localAddress(), 1000L));
    assertThat(a.send(client, "x")).isEqualTo("all");
  }

  @Test
  void shouldKeepSoErrorFromTakingTheOutcomeOfAConnect() {
    SimulatedTcp outside = broker.kernel.tcp();
    outside.bind(Address.inet(SimulatedKernel.HOST, 0));
    long client = a.tcp();
    // The kernel already knows that nobody listens, but has not told the broker yet.
    long connect = a.post(new Request.Connect(client, outside.localAddress(), 1000L), "");
    a.post(Request.GetOption.named(client, "SO_ERROR"), "");
    broker.settle();
    assertThat(a.outcome(connect)).isEqualTo("ECONNREFUSED");
  }

  @Test
  void shouldNotLingerBeforeTheLastClose() {
    a.set(server, "SO_LINGER", 0L);
    a.close(server);
    assertThat(b.send(shared, "x")).isEqualTo("all");
  }

  @Test
  void shouldHaveNoUrgentDataOnADatagramSocket() {
    long socket = a.udp();
    assertThat(a.receiveUrgent(socket)).isEqualTo("EOPNOTSUPP");
    assertThat(a.outcome(a.begin(new Request.Send(socket, null, null, true, 0L), "!")))
        .isEqualTo("EOPNOTSUPP");
  }

  @Test
  void shouldConnectAgainAfterAFailedAttempt() {
    SimulatedTcp outside = broker.kernel.tcp();
    outside.bind(Address.inet(SimulatedKernel.HOST, 0));
    long client = a.tcp();
    Request.Connect connect = new Request.Connect(client, outside.localAddress(), 1000L);
    assertThat(a.outcome(connect)).isEqualTo("ECONNREFUSED");
    assertThat(a.get(client, "SO_ERROR")).isEqualTo(0L);
    outside.listen(4);
    assertThat(a.outcome(connect)).isEqualTo("ok");
  }
}
