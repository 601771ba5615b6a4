package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerGoneException;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hostile broker sends unexpected fds or bytes. That costs the client library only the current
 * call: it keeps no fd, and the next call works.
 */
class HostileBrokerTest {
  @TempDir private Path directory;
  private PythonProgram python;
  private Broker broker;
  private int before;

  @BeforeEach
  void connect() throws IOException {
    String path = directory.resolve("broker.sock").toString();
    python = new PythonProgram("hostile_broker.py", path);
    assertThat(python.line()).isEqualTo("ready");
    broker = Broker.connect(Path.of(path));
    // everything that a JVM opens on first use is open from here on
    open("good").export().close();
    before = openFds();
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
    python.close();
  }

  private SharedSocket open(String name) throws IOException {
    return broker.open(SocketSpec.tcpListen("127.0.0.1", 0).name(name));
  }

  private static int openFds() {
    return new File("/proc/self/fd").list().length;
  }

  private static long openSockets() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.filter(HostileBrokerTest::isSocket).count();
    }
  }

  /** The fd may be closed during the count. */
  private static boolean isSocket(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }

  private void assertNoFdMore() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(openFds()).isEqualTo(before));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two", "none", "plain", "wrong-id", "half", "closed", "flood"})
  void shouldKeepNothingOf(String what) throws IOException {
    SharedSocket socket = open(what);
    assertThatThrownBy(socket::export)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no fd");
    assertThatThrownBy(socket::exportBlocking).isInstanceOf(IOException.class);

    try (ExportedSocket exported = open("good").exportBlocking()) {
      assertThat(exported.fd()).isPositive();
    }
    broker.ping();
    assertNoFdMore();
  }

  @Test
  void shouldMakeNoChannelOfWhatIsNoSocket() throws IOException {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    group.submit(() -> {}).syncUninterruptibly();
    before = openFds();
    ExportedSocket pipe = open("pipe").export();
    assertThatThrownBy(() -> pipe.channel(group, new ChannelInboundHandlerAdapter()))
        .isInstanceOf(Exception.class);
    assertNoFdMore();
    group.shutdownGracefully(0, 30, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void shouldKeepNoFdOfABrokerThatDied() throws Exception {
    SharedSocket socket = open("good");
    long sockets = openSockets();
    python.kill();
    assertThatThrownBy(socket::export).isInstanceOf(BrokerGoneException.class);
    // The session's connection and the fd connection.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(openSockets()).isEqualTo(sockets - 2));
  }
}
