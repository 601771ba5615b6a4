package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** EADDRINUSE names the user of the address and a command that shows more or helps. */
@WithBroker
class AddressInUseTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static BrokerProcess broker;

  @TempDir Path directory;

  private static String refusal(String... arguments) throws Exception {
    Command.Result result = Command.to(broker.socket()).run(arguments);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("sockbroker: EADDRINUSE (98): ");
    return result.err();
  }

  private static String open(String spec) throws Exception {
    return refusal("open", "--name", "x", "--retain", "1s", spec);
  }

  private static void hold(String name, String spec) throws Exception {
    Command.Result held =
        Command.to(broker.socket()).run("open", "--name", name, "--retain", "forever", spec);
    assertThat(held.exitCode()).as(held.err()).isZero();
  }

  @Test
  void shouldTellAnotherProgramsListener() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      int port = other.getLocalPort();
      assertThat(open("tcp-listen:127.0.0.1:" + port))
          .contains("a listener of uid ", "ss -tanp 'sport = :" + port + "'");
    }
  }

  @Test
  void shouldShortenAnIpv6Address() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      int port = other.getLocalPort();
      assertThat(open("tcp-listen:[0:0:0:0:0:0:0:1]:" + port))
          .contains("[::1]:" + port)
          .doesNotContain("0:0:0");
      hold("six", "udp:[::1]:0");
      assertThat(refusal("open", "--name", "six", "--retain", "1s", "udp:[0:0:0:0:0:0:0:2]:7"))
          .contains("not INET6 DGRAM at [::2]:7")
          .doesNotContain("0:0:0");
    }
  }

  @Test
  void shouldTellAConnectionsOwnPort() throws Exception {
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK);
        Socket connection = new Socket()) {
      connection.setReuseAddress(false);
      connection.bind(new InetSocketAddress(LOOPBACK, 0));
      connection.connect(peer.getLocalSocketAddress());
      int port = connection.getLocalPort();
      assertThat(open("tcp-listen:127.0.0.1:" + port))
          .contains(
              "a connection of uid ", " uses it as its local port", "ss -tanp 'sport = :" + port);
    }
  }

  @Test
  void shouldTellTheBrokersOwnSocket() throws Exception {
    int port = ServerProgram.freePort();
    hold("one", "tcp-listen:127.0.0.1:" + port);
    for (String host : new String[] {"127.0.0.1", "0.0.0.0"}) {
      assertThat(open("tcp-listen:" + host + ":" + port))
          .contains("this broker's own socket s", "join it by its name, 'one'", "close one");
    }
  }

  @Test
  void shouldTellWhatHasAName() throws Exception {
    int port = ServerProgram.freePort();
    hold("taken", "tcp-listen:127.0.0.1:" + port);
    assertThat(refusal("open", "--name", "taken", "--retain", "1s", "udp:127.0.0.1:" + port))
        .contains("'taken' belongs to s", "of uid ", "not INET DGRAM at", "close taken");
  }

  @Test
  void shouldTellAUnixSocketThatIsLeftOver() throws Exception {
    Path path = directory.resolve("left.sock");
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(open("unix-listen:" + path))
        .contains("a socket of uid ", "ss -xp src " + path, "rm " + path);
  }

  @Test
  void shouldTellAFileThatIsNoSocket() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(open("unix-listen:" + file)).contains("a file of uid ", "is not a socket");
  }
}
