package dev.sockbroker.system;

import static dev.sockbroker.protocol.Errno.EADDRINUSE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * All sockets of a broker have the same user for the kernel, so the kernel would let them share a
 * port.
 */
class SharedPortTest {
  private static final String LOOPBACK = "127.0.0.1";

  private static SharedBroker shared;

  private WireClient alice;
  private WireClient mallory;

  @BeforeAll
  static void start() throws Exception {
    shared = SharedBroker.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (shared != null) {
      shared.close();
    }
  }

  @BeforeEach
  void connect() throws IOException {
    alice = shared.session(User.ALICE);
    mallory = shared.session(User.MALLORY);
  }

  @AfterEach
  void close() throws IOException {
    alice.close();
    mallory.close();
  }

  private static Request.Open open(SocketType type, String option, String host, int port) {
    return new Request.Open(
        host.indexOf(':') < 0 ? Family.INET : Family.INET6,
        type,
        0,
        Address.inet(host, port),
        type == SocketType.STREAM ? 8 : null,
        Map.of(option, true),
        null,
        0,
        null,
        null);
  }

  private static Reply.Opened fresh(WireClient client, SocketType type) throws Exception {
    return client.ask(Reply.Opened.class, Request.Open.of(Family.INET, type));
  }

  @ParameterizedTest
  @CsvSource({
    "STREAM, SO_REUSEPORT",
    "STREAM, SO_REUSEADDR",
    "DGRAM, SO_REUSEPORT",
    "DGRAM, SO_REUSEADDR"
  })
  void shouldNotShareWithAnotherUser(SocketType type, String option) throws Exception {
    Reply.Opened own = alice.ask(Reply.Opened.class, open(type, option, LOOPBACK, 0));
    int port = own.local().port();
    for (String host : new String[] {LOOPBACK, "0.0.0.0", "::", "::ffff:127.0.0.1"}) {
      assertThat(mallory.refused(EADDRINUSE, open(type, option, host, port)).message())
          .contains("another user");
    }
    mallory.ask(Reply.Opened.class, open(type, option, "127.0.0.2", port));
    mallory.ask(Reply.Opened.class, open(type, option, "::1", port));
  }

  @ParameterizedTest
  @CsvSource({"STREAM, SO_REUSEPORT", "DGRAM, SO_REUSEPORT", "DGRAM, SO_REUSEADDR"})
  void shouldShareWithTheOwnUser(SocketType type, String option) throws Exception {
    Reply.Opened own = alice.ask(Reply.Opened.class, open(type, option, LOOPBACK, 0));
    alice.ask(Reply.Opened.class, open(type, option, LOOPBACK, own.local().port()));
    try (WireClient again = shared.session(User.ALICE);
        WireClient root = shared.rootSession(false);
        WireClient administrator = shared.rootSession(true)) {
      again.ask(Reply.Opened.class, open(type, option, LOOPBACK, own.local().port()));
      root.refused(EADDRINUSE, open(type, option, LOOPBACK, own.local().port()));
      administrator.ask(Reply.Opened.class, open(type, option, LOOPBACK, own.local().port()));
    }
  }

  @Test
  void shouldNotShareByAnOptionWithoutAName() throws Exception {
    Reply.Opened own =
        alice.ask(Reply.Opened.class, open(SocketType.STREAM, "SO_REUSEPORT", LOOPBACK, 0));
    Reply.Opened socket = fresh(mallory, SocketType.STREAM);
    mallory.ask(Reply.Option.class, option(socket, 1, 15, 1));
    mallory.refused(EADDRINUSE, new Request.Bind(socket.descriptor(), own.local()));
  }

  private static Request.SetOption option(Reply.Opened socket, int level, int number, int value) {
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    return Request.SetOption.numbered(
        socket.descriptor(), level, number, HexFormat.of().formatHex(bytes));
  }

  /** A descriptor on another user's socket is no permission to take traffic from that socket. */
  @Test
  void shouldNotShareWithASocketThatItHolds() throws Exception {
    Reply.Opened own =
        alice.ask(Reply.Opened.class, open(SocketType.DGRAM, "SO_REUSEADDR", LOOPBACK, 0));
    alice.ask(
        Reply.Done.class,
        new Request.Name(own.descriptor(), "watched", 0, null, EnumSet.of(Right.GETOPT)));
    mallory.ask(Reply.Opened.class, new Request.Attach("watched", true));
    mallory.refused(
        EADDRINUSE, open(SocketType.DGRAM, "SO_REUSEADDR", LOOPBACK, own.local().port()));
  }

  /** IP_LOCAL_PORT_RANGE leaves the kernel only one port. */
  @ParameterizedTest
  @CsvSource({"SO_REUSEPORT", "SO_REUSEADDR"})
  void shouldNotBeGivenThePortOfAnotherUserByTheKernel(String option) throws Exception {
    Reply.Opened own = alice.ask(Reply.Opened.class, open(SocketType.DGRAM, option, LOOPBACK, 0));
    int port = own.local().port();
    for (boolean byBind : new boolean[] {true, false}) {
      Reply.Opened socket = fresh(mallory, SocketType.DGRAM);
      mallory.ask(Reply.Option.class, Request.SetOption.named(socket.descriptor(), option, true));
      mallory.ask(Reply.Option.class, option(socket, 0, 51, port << 16 | port));
      Address peer = Address.inet(LOOPBACK, 9);
      Reply refusal =
          mallory.ask(
              byBind
                  ? new Request.Bind(socket.descriptor(), Address.inet(LOOPBACK, 0))
                  : new Request.Connect(socket.descriptor(), peer, 0L));
      assertThat(refusal).isInstanceOf(Reply.Error.class);
      Reply sent =
          mallory.ask(new Request.Send(socket.descriptor(), null, peer, false, 0L), new byte[] {1});
      assertThat(sent).isInstanceOf(Reply.Error.class);
      assertThat(
              mallory
                  .ask(Reply.Option.class, Request.GetOption.named(socket.descriptor(), option))
                  .value())
          .isEqualTo(true);
    }
  }

  /** Every receiver gets the datagrams to a multicast group. */
  @Test
  void shouldShareAMulticastAddress() throws Exception {
    String group = "239.1.2.3";
    Reply.Opened own =
        alice.ask(Reply.Opened.class, open(SocketType.DGRAM, "SO_REUSEADDR", "0.0.0.0", 0));
    int port = own.local().port();
    mallory.ask(Reply.Opened.class, open(SocketType.DGRAM, "SO_REUSEADDR", group, port));
    mallory.refused(EADDRINUSE, open(SocketType.DGRAM, "SO_REUSEADDR", "0.0.0.0", port));
  }
}
