package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client notices of an upgrade: a pause and nothing else. */
class UpgradeTest {
  private BrokerProcess broker;
  private WireClient client;

  @BeforeEach
  void start() throws IOException {
    broker = BrokerProcess.start();
    client = WireClient.welcomed(broker.socket());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    broker.close();
  }

  private Reply.Opened listener() throws IOException {
    return client.ask(
        Reply.Opened.class,
        Request.Open.of(Family.INET, SocketType.STREAM)
            .boundTo(Address.inet("127.0.0.1", 0))
            .listening(5));
  }

  private static Socket connect(Reply.Opened listener) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), listener.local().port());
  }

  private long accept(Reply.Opened listener) throws IOException {
    Request accept = new Request.Accept(listener.descriptor(), Request.FOREVER);
    return client.ask(Reply.Opened.class, accept).descriptor();
  }

  private String receive(WireClient by, long requestId) throws IOException {
    by.replyTo(requestId);
    return US_ASCII.decode(by.payload()).toString();
  }

  /** Its connection stays until the client has read its last replies. */
  @Test
  void shouldContinueAfterTheEndOfASessionThatDoesNotRead() throws Exception {
    try (WireClient ended = WireClient.welcomed(broker.socket());
        WireClient fds = WireClient.connect(broker.socket());
        WireClient administrator = WireClient.connect(broker.socket())) {
      administrator.hello(true);
      String key = ended.ask(Reply.FdKey.class, new Request.NewFdKey()).key();
      fds.ask(Reply.Done.class, new Request.FdHello(key));
      for (int i = 0; i < 3000; i++) {
        ended.send(new Request.ShowBroker());
      }
      administrator.ask(Reply.Done.class, new Request.EndSession(ended.welcome().session()));
      broker.upgrade();
      assertThat(administrator.ask(new Request.Ping())).isInstanceOf(Reply.Done.class);
    }
  }

  @Test
  void shouldSayWhatHasHappened() throws Exception {
    long former = broker.pid();
    assertThat(broker.upgrade()).matches("\\S+ -> \\S+, 0 sockets, paused \\d+ ms\n");
    assertThat(broker.pid()).isNotEqualTo(former);
    Reply.BrokerInfo info = client.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    assertThat(info.pid()).isEqualTo((int) broker.pid());
    assertThat(info.upgrades()).isEqualTo(1);
    assertThat(info.pauseMicros()).isPositive();
  }

  @Test
  void shouldKeepConnectionsAndWhatWaitsForThem() throws Exception {
    Reply.Opened listener = listener();
    try (Socket peer = connect(listener);
        WireClient other = WireClient.welcomed(broker.socket())) {
      long mine = accept(listener);
      Reply.Duplicated token =
          client.ask(
              Reply.Duplicated.class, Request.Duplicate.toSession(mine, other.welcome().session()));
      long others = other.ask(Reply.Opened.class, new Request.Redeem(token.token())).descriptor();
      long first = client.send(new Request.Receive(mine, 1, Request.FOREVER, false, false));
      client.ask(Reply.Done.class, new Request.Ping());
      long second = other.send(new Request.Receive(others, 1, Request.FOREVER, false, false));
      other.ask(Reply.Done.class, new Request.Ping());
      long waiting = client.send(new Request.Accept(listener.descriptor(), Request.FOREVER));
      broker.upgrade();
      broker.upgrade();
      peer.getOutputStream().write("ab".getBytes(US_ASCII));
      assertThat(receive(client, first)).isEqualTo("a");
      assertThat(receive(other, second)).isEqualTo("b");
      client.ask(Request.Send.of(mine), "to the peer".getBytes(US_ASCII));
      assertThat(peer.getInputStream().readNBytes(11)).isEqualTo("to the peer".getBytes(US_ASCII));
      try (Socket next = connect(listener)) {
        Reply.Opened opened = (Reply.Opened) client.replyTo(waiting);
        assertThat(opened.peer().port()).isEqualTo(next.getLocalPort());
      }
    }
  }

  @Test
  void shouldKeepRepliesThatNobodyHasRead() throws Exception {
    int sent = 0;
    ByteBuffer frame = new FrameCodec().encode(1_000, new Request.ListOptions(4711), 0);
    // At some point the broker has too many unread replies, and stops reading requests.
    while (client.writeSome(frame) > 0) {
      if (!frame.hasRemaining()) {
        sent++;
        frame = new FrameCodec().encode(1_000 + sent, new Request.ListOptions(4711), 0);
      }
    }
    broker.upgrade();
    for (int i = 0; i < sent; i++) {
      assertThat(client.replyTo(1_000 + i)).isInstanceOf(Reply.Error.class);
    }
    client.write(frame);
    assertThat(client.replyTo(1_000 + sent)).isInstanceOf(Reply.Error.class);
  }

  @Test
  void shouldKeepRegistrationsTokensAndEventObjects() throws Exception {
    Reply.Opened listener = listener();
    long number =
        client
            .ask(
                Reply.Registered.class,
                new Request.AsyncSelect(listener.descriptor(), Set.of(NetworkEvent.ACCEPT)))
            .number();
    long set = client.ask(Reply.EventObject.class, new Request.CreateEvent()).object();
    long unset = client.ask(Reply.EventObject.class, new Request.CreateEvent()).object();
    client.ask(Reply.Done.class, new Request.SetEvent(set));
    assertThat(client.event()).isEqualTo(new Event.ObjectSignalled(set));
    long wait = client.send(new Request.WaitEvents(List.of(set, unset), true, Request.FOREVER));
    String token =
        client
            .ask(
                Reply.Duplicated.class,
                Request.Duplicate.toPid(listener.descriptor(), (int) ProcessHandle.current().pid()))
            .token();
    broker.upgrade();
    try (Socket peer = connect(listener)) {
      assertThat(peer.isConnected()).isTrue();
      assertThat(client.event())
          .isEqualTo(new Event.Network(listener.descriptor(), NetworkEvent.ACCEPT, 0, number));
    }
    client.ask(Reply.Done.class, new Request.SetEvent(unset));
    assertThat(client.replyTo(wait)).isEqualTo(new Reply.Signalled(List.of(set, unset)));
    assertThat(client.ask(Reply.Opened.class, new Request.Redeem(token)).socket())
        .isEqualTo(listener.socket());
    client.refused(Errno.EINVAL, new Request.Redeem(token));
  }

  /** UP-17: the lock goes from one broker to the next without a gap. */
  @Test
  void shouldLetNoOtherBrokerHaveThePath() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Set<String>> others =
        CompletableFuture.supplyAsync(() -> serveAgainAndAgain(over), Command.ON_OWN_THREADS);
    broker.upgrade();
    broker.upgrade();
    over.set(true);
    assertThat(others.get(60, TimeUnit.SECONDS))
        .isNotEmpty()
        .allMatch(line -> line.contains("cannot start: a broker is running at"));
    client.ask(Reply.Done.class, new Request.Ping());
  }

  /** Returns what each attempt says. */
  private Set<String> serveAgainAndAgain(AtomicBoolean over) {
    Set<String> lines = new HashSet<>();
    try {
      while (!over.get()) {
        Command.Result result = Command.to(broker.socket()).run("serve");
        lines.add(result.exitCode() == 1 ? result.err() : "exit code " + result.exitCode());
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
    return lines;
  }
}
