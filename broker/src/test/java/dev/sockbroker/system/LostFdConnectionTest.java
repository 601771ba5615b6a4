package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client library opens its fd connection again after the connection has ended unnoticed. */
@Timeout(60)
final class LostFdConnectionTest {
  private static final Path OWN_FDS = Path.of("/proc/self/fd");

  private BrokerProcess process;
  private Broker broker;
  private SharedSocket shared;
  private Socket plain;
  private Set<String> before;

  @BeforeEach
  void connect() throws IOException {
    process = BrokerProcess.start();
    broker = Broker.connect(process.socket());
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      plain = server.accept();
    }
    before = openSockets().keySet();
  }

  @AfterEach
  void close() throws IOException {
    plain.close();
    broker.close();
    process.close();
  }

  @Test
  void shouldAttachARingOverANewOne() throws Exception {
    shared.ring(4096).close();
    end(onlyFdConnection());

    try (SocketRing ring = shared.ring(4096)) {
      ring.write(ByteBuffer.wrap(new byte[] {7}));
      assertThat(plain.getInputStream().read()).isEqualTo(7);
    }
  }

  @Test
  void shouldExportOverANewOne() throws Exception {
    shared.export().close();
    end(onlyFdConnection());

    try (ExportedSocket exported = shared.export()) {
      assertThat(exported.fd()).isPositive();
    }
  }

  /** The same errno, but from the socket. */
  @Test
  void shouldKeepItWhenTheSocketIsNotConnected() throws Exception {
    shared.ring(4096).close();
    Map.Entry<String, Integer> connection = onlyFdConnection();
    try (SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      assertThatThrownBy(() -> listener.ring(4096))
          .satisfies(it -> assertThat(BrokerException.errnoOf(it)).isEqualTo(Errno.ENOTCONN));
    }
    // the reading thread closes it, and has read this call's answer by then
    broker.ping();
    assertThat(onlyFdConnection()).isEqualTo(connection);
  }

  /** This process's sockets: inode and fd. */
  private static Map<String, Integer> openSockets() throws IOException {
    Map<String, Integer> sockets = new TreeMap<>();
    try (Stream<Path> fds = Files.list(OWN_FDS)) {
      for (Path fd : fds.toList()) {
        // the fd of the listing itself is closed by now
        if (Files.exists(fd, LinkOption.NOFOLLOW_LINKS)) {
          String target = Files.readSymbolicLink(fd).toString();
          if (target.startsWith("socket:")) {
            sockets.put(target, Integer.valueOf(fd.getFileName().toString()));
          }
        }
      }
    }
    return sockets;
  }

  private Map.Entry<String, Integer> onlyFdConnection() throws IOException {
    List<Map.Entry<String, Integer>> opened =
        openSockets().entrySet().stream().filter(it -> !before.contains(it.getKey())).toList();
    assertThat(opened).hasSize(1);
    return opened.getFirst();
  }

  /** Simulates the end of the connection by the broker. */
  private static void end(Map.Entry<String, Integer> connection) throws IOException {
    new io.netty.channel.unix.Socket(connection.getValue()).shutdown();
  }
}
