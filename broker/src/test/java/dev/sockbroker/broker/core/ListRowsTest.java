package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fields of list rows that do not come from the kernel. */
class ListRowsTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession watcher = broker.connect(11);

  private List<DescriptorInfo> rows(Long socket, Long listener) {
    Request list = new Request.ListDescriptors(0, 0, null, null, socket, null, listener);
    return watcher.ask(Reply.Listing.class, list).rows();
  }

  private DescriptorInfo row(long socket) {
    return rows(socket, null).getFirst();
  }

  private Reply.Shown shown(long socket) {
    return watcher.ask(Reply.Shown.class, new Request.Show("s" + socket));
  }

  private long socket(long descriptor) {
    return a.session.descriptor(descriptor).socket.id();
  }

  private Reply.Opened web(long retainMillis) {
    return a.ask(
        Reply.Opened.class,
        RecordingSession.openRequest(
            Family.INET,
            SocketType.STREAM,
            Address.inet(SimulatedKernel.HOST, 0),
            4,
            "web",
            retainMillis));
  }

  @Test
  void shouldMarkAListenerWhoseConnectionsNobodyTakes() {
    long listener = a.listener(8);
    assertThat(row(socket(listener)).unattended()).as("nothing waits").isFalse();
    a.dial(listener);
    assertThat(row(socket(listener)).unattended()).isTrue();
    assertThat(shown(socket(listener)).unattended()).isTrue();

    a.accept(listener);
    assertThat(row(socket(listener)).unattended()).as("the queue is empty").isFalse();
  }

  @Test
  void shouldNotMarkAListenerWhoseRegistrantIsToldOfConnections() {
    long listener = a.listener(8);
    a.dial(listener);
    long number = a.select(listener, NetworkEvent.ACCEPT);
    assertThat(row(socket(listener)).unattended()).isFalse();

    a.cancel(listener, number);
    a.select(listener, NetworkEvent.CLOSE);
    assertThat(row(socket(listener)).unattended()).as("told of something else").isTrue();
  }

  @Test
  void shouldMarkAListenerOnceTheHolderOfItsRawFdIsGone() {
    Reply.Opened web = web(60_000);
    a.dial(web.descriptor());
    a.ask(new Request.Export(web.descriptor(), false));
    assertThat(row(web.socket()).unattended()).as("it may accept by the raw fd").isFalse();

    a.end();
    assertThat(row(web.socket()).unattended()).isTrue();
  }

  @Test
  void shouldTellWhatIsLeftOfARetention() {
    Reply.Opened web = web(400);
    assertThat(row(web.socket()).retainMillis()).isEqualTo(400);
    assertThat(row(web.socket()).closesInMillis()).as("it is held").isNull();

    a.end();
    broker.pass(100);
    assertThat(row(web.socket()).closesInMillis()).isEqualTo(300);
    assertThat(shown(web.socket()).closesInMillis()).isEqualTo(300);
  }

  @Test
  void shouldTellNoEndOfARetentionForEver() {
    Reply.Opened web = web(Request.FOREVER);
    a.end();
    assertThat(row(web.socket()).retainMillis()).isEqualTo(Request.FOREVER);
    assertThat(row(web.socket()).closesInMillis()).isNull();
  }

  @Test
  void shouldTellWhichListenerAcceptedAConnection() {
    long first = a.listener(8);
    long second = a.listener(8);
    a.dial(first);
    a.dial(second);
    long connection = a.accept(first);
    a.accept(second);

    assertThat(rows(null, socket(first)))
        .extracting(DescriptorInfo::id)
        .containsExactly(connection);
    assertThat(shown(socket(connection)).listener()).isEqualTo(socket(first));
    assertThat(row(socket(first)).listener()).as("nobody accepted it").isZero();

    long listener = socket(first);
    a.close(first);
    assertThat(rows(null, listener)).as("the listener is gone").hasSize(1);
  }
}
