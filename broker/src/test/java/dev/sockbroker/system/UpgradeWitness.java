package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Set;

/**
 * A client of a broker with a connection, an operation that waits, a registration and a listener.
 * It can check at any time that all of them continue.
 */
final class UpgradeWitness implements AutoCloseable {
  private static final int SECONDS = 30;

  private final Path broker;
  private final WireClient client;
  private final Pair echo;
  private final Pair waiting;
  private final Pair registered;
  private final Reply.Opened listener;
  private final long number;
  private long receive;
  private long accept;

  /** A descriptor of the client, and the other end of its connection. */
  record Pair(long descriptor, Socket peer) implements AutoCloseable {
    static Pair of(WireClient client) throws IOException {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Address peer = Address.inet("127.0.0.1", server.getLocalPort());
        Request open = Request.Open.of(Family.INET, SocketType.STREAM);
        long descriptor = client.ask(Reply.Opened.class, open).descriptor();
        assertThat(client.ask(new Request.Connect(descriptor, peer, Request.FOREVER)))
            .isInstanceOf(Reply.Addresses.class);
        Socket accepted = server.accept();
        accepted.setSoTimeout(SECONDS * 1000);
        return new Pair(descriptor, accepted);
      }
    }

    void send(String text) throws IOException {
      peer.getOutputStream().write(text.getBytes(US_ASCII));
    }

    String take(int count) throws IOException {
      return new String(peer.getInputStream().readNBytes(count), US_ASCII);
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  UpgradeWitness(Path broker) throws IOException {
    this.broker = broker;
    client = WireClient.welcomed(broker);
    echo = Pair.of(client);
    waiting = Pair.of(client);
    registered = Pair.of(client);
    listener =
        client.ask(
            Reply.Opened.class,
            Request.Open.of(Family.INET, SocketType.STREAM)
                .boundTo(Address.inet("127.0.0.1", 0))
                .listening(5));
    number =
        client
            .ask(
                Reply.Registered.class,
                new Request.AsyncSelect(registered.descriptor, Set.of(NetworkEvent.READ)))
            .number();
    await();
  }

  private void await() throws IOException {
    receive =
        client.send(new Request.Receive(waiting.descriptor, 1, Request.FOREVER, false, false));
    accept = client.send(new Request.Accept(listener.descriptor(), Request.FOREVER));
    client.ask(Reply.Done.class, new Request.Ping());
  }

  /** Asserts that a broker serves everything, and that it has this pid. */
  void assertServedBy(long pid) throws IOException {
    Reply.BrokerInfo info = client.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    assertThat(info.pid()).isEqualTo((int) pid);
    waiting.send("w");
    client.replyTo(receive);
    assertThat(US_ASCII.decode(client.payload()).toString()).isEqualTo("w");
    client.ask(Request.Send.of(echo.descriptor), "echo".getBytes(US_ASCII));
    assertThat(echo.take(4)).isEqualTo("echo");
    echo.send("e");
    assertThat(receiveOne(echo)).isEqualTo("e");
    registered.send("r");
    assertThat(client.event())
        .isEqualTo(new Event.Network(registered.descriptor, NetworkEvent.READ, 0, number));
    assertThat(receiveOne(registered)).isEqualTo("r");
    assertAccepts();
    await();
    try (WireClient newcomer = WireClient.welcomed(broker)) {
      newcomer.ask(Reply.Done.class, new Request.Ping());
    }
  }

  private String receiveOne(Pair pair) throws IOException {
    client.ask(new Request.Receive(pair.descriptor, 1, Request.FOREVER, false, false));
    return US_ASCII.decode(client.payload()).toString();
  }

  private void assertAccepts() throws IOException {
    try (Socket next = new Socket(InetAddress.getLoopbackAddress(), listener.local().port())) {
      Reply.Opened opened = (Reply.Opened) client.replyTo(accept);
      assertThat(opened.peer()).isEqualTo(Address.inet("127.0.0.1", next.getLocalPort()));
      client.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
    }
  }

  /** Asserts that the connection to the broker has ended. */
  void assertEnded() throws IOException {
    client.assertEnds();
  }

  @Override
  public void close() throws IOException {
    client.close();
    echo.close();
    waiting.close();
    registered.close();
  }
}
