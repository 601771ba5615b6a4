package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A full limit is reported, nothing is lost, and freed room can be used. */
@WithBroker({
  "--limit=sessions=5",
  "--limit=sockets=6",
  "--limit=descriptors=12",
  "--limit=tokens=3",
  "--limit=session-descriptors=5",
  "--limit=session-tokens=2",
  "--limit=session-event-objects=2",
  "--limit=frame-bytes=65536"
})
class LimitsTest {
  private static final Address LOOPBACK = Address.inet("127.0.0.1", 0);
  private static BrokerProcess broker;

  private final List<WireClient> clients = new ArrayList<>();
  private WireClient client;

  @BeforeEach
  void connect() throws IOException {
    client = connected();
  }

  @AfterEach
  void disconnect() throws IOException {
    for (WireClient it : clients) {
      it.close();
    }
  }

  /** A session. The sessions of the previous test may still be ending. */
  private WireClient connected() throws IOException {
    WireClient[] made = new WireClient[1];
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              WireClient it = WireClient.connect(broker.socket());
              clients.add(it);
              made[0] = it;
              return it.hello() instanceof Reply.Welcome;
            });
    return made[0];
  }

  @Test
  void shouldSayThatItHasItsSessions() throws IOException {
    for (int i = 1; i < 5; i++) {
      connected();
    }
    try (WireClient tooMany = WireClient.connect(broker.socket())) {
      long hello = tooMany.send(new Request.Hello(List.of(1), "test", false, null));
      Frame answer = tooMany.next();
      assertThat(answer.requestId()).as("of the hello that it answers").isEqualTo(hello);
      Reply.Error error = WireClient.assertRefused(Errno.ENFILE, null, (Reply) answer.message());
      assertThat(error.message()).contains("5 sessions");
      tooMany.assertEnds();
    }
    // an administrator who looks for the cause finds room
    try (WireClient administrator = WireClient.connect(broker.socket())) {
      Request hello = new Request.Hello(List.of(1), "test", true, null);
      assertThat(administrator.ask(hello)).isInstanceOf(Reply.Welcome.class);
    }
    assertThat(client.ask(new Request.Ping())).isEqualTo(new Reply.Done());
  }

  @Test
  void shouldAnswerEmfileAndTakeNothingUp() throws IOException {
    long listener = open(client, "full").descriptor();
    Address at = client.ask(Reply.Addresses.class, new Request.Listen(listener, 8)).local();
    String token = duplicate(client, listener);
    long last = 0;
    for (int i = 1; i < 5; i++) {
      last = client.ask(Reply.Opened.class, new Request.Attach("full")).descriptor();
    }

    try (Socket waiting = new Socket(at.host(), at.port())) {
      client.refused(Errno.EMFILE, new Request.Attach("full"));
      client.refused(Errno.EMFILE, openRequest(null));
      client.refused(Errno.EMFILE, new Request.Redeem(token));
      client.refused(Errno.EMFILE, new Request.Accept(listener, -1L));
      client.ask(Reply.Done.class, new Request.Close(last));
      Reply.Opened accepted = client.ask(Reply.Opened.class, new Request.Accept(listener, -1L));
      assertThat(accepted.peer().port())
          .as("the connection waited")
          .isEqualTo(waiting.getLocalPort());
      client.ask(Reply.Done.class, new Request.Close(accepted.descriptor()));
    }
    assertThat(client.ask(new Request.Redeem(token)))
        .as("the token was not used up")
        .isInstanceOf(Reply.Opened.class);
  }

  @Test
  void shouldAnswerEnfileWhenTheBrokerIsFullOfSockets() throws IOException {
    WireClient other = connected();
    long listener = open(client, null).descriptor();
    Address at = client.ask(Reply.Addresses.class, new Request.Listen(listener, 8)).local();
    for (int i = 1; i < 4; i++) {
      open(client, null);
    }
    open(other, null);
    long last = open(other, null).descriptor();

    try (Socket waiting = new Socket(at.host(), at.port())) {
      other.refused(Errno.ENFILE, openRequest(null));
      client.refused(Errno.ENFILE, new Request.Accept(listener, -1L));
      other.ask(Reply.Done.class, new Request.Close(last));
      Reply.Opened accepted = client.ask(Reply.Opened.class, new Request.Accept(listener, -1L));
      assertThat(accepted.peer().port()).isEqualTo(waiting.getLocalPort());
    }
  }

  @Test
  void shouldAnswerEnfileWhenTheBrokerIsFullOfDescriptors() throws IOException {
    WireClient second = connected();
    WireClient third = connected();
    long descriptor = open(client, "shared").descriptor();
    for (int i = 1; i < 5; i++) {
      client.ask(Reply.Opened.class, new Request.Attach("shared"));
    }
    for (int i = 0; i < 5; i++) {
      second.ask(Reply.Opened.class, new Request.Attach("shared"));
    }
    third.ask(Reply.Opened.class, new Request.Attach("shared"));
    String token =
        client
            .ask(
                Reply.Duplicated.class,
                Request.Duplicate.toSession(descriptor, third.welcome().session()))
            .token();
    third.ask(Reply.Opened.class, new Request.Attach("shared"));

    third.refused(Errno.ENFILE, new Request.Attach("shared"));
    third.refused(Errno.ENFILE, new Request.Redeem(token));
    client.ask(Reply.Done.class, new Request.Close(descriptor));
    assertThat(third.ask(new Request.Redeem(token))).isInstanceOf(Reply.Opened.class);
  }

  @Test
  void shouldBoundTokensPerSessionAndInAll() throws IOException {
    WireClient other = connected();
    long descriptor = open(client, null).descriptor();
    String first = duplicate(client, descriptor);
    duplicate(client, descriptor);
    client.refused(Errno.EMFILE, duplicateRequest(client, descriptor));
    long others = open(other, null).descriptor();
    duplicate(other, others);
    other.refused(Errno.ENFILE, duplicateRequest(other, others));

    client.ask(Reply.Done.class, new Request.RevokeToken(first));

    assertThat(duplicate(other, others)).isNotEmpty();
  }

  @Test
  void shouldBoundEventObjects() throws IOException {
    long first = client.ask(Reply.EventObject.class, new Request.CreateEvent()).object();
    client.ask(Reply.EventObject.class, new Request.CreateEvent());

    client.refused(Errno.EMFILE, new Request.CreateEvent());

    client.ask(Reply.Done.class, new Request.CloseEvent(first));
    assertThat(client.ask(new Request.CreateEvent())).isInstanceOf(Reply.EventObject.class);
  }

  @Test
  void shouldKeepToTheFrameSizeItAnnouncedInBothDirections() throws IOException {
    assertThat(client.welcome().limits().frameBytes()).isEqualTo(65_536);
    long datagram =
        client
            .ask(
                Reply.Opened.class,
                Request.Open.of(Family.INET, SocketType.DGRAM).boundTo(LOOPBACK))
            .descriptor();
    Address self = client.ask(Reply.Addresses.class, new Request.GetAddresses(datagram)).local();
    client.ask(Reply.Addresses.class, new Request.Connect(datagram, self, null));
    client.ask(Request.Send.of(datagram, -1L), new byte[65_000]);

    client.ask(
        Reply.Received.class, new Request.Receive(datagram, Integer.MAX_VALUE, -1L, false, false));

    assertThat(client.largestFrame()).isBetween(60_000, 65_536);
  }

  private static Reply.Opened open(WireClient client, String name) throws IOException {
    return client.ask(Reply.Opened.class, openRequest(name));
  }

  private static Request openRequest(String name) {
    return Request.Open.of(Family.INET, SocketType.STREAM).boundTo(LOOPBACK).named(name, 0);
  }

  private static String duplicate(WireClient client, long descriptor) throws IOException {
    return client.ask(Reply.Duplicated.class, duplicateRequest(client, descriptor)).token();
  }

  private static Request duplicateRequest(WireClient client, long descriptor) {
    return Request.Duplicate.toSession(descriptor, client.welcome().session());
  }
}
