package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients cannot reach the place where the broker listens, by any path. */
class OwnPathTest {
  private final KernelLoop loop = new KernelLoop();
  @TempDir Path directory;
  private Path own;
  private UnixTestSocket broker;

  @BeforeEach
  void listen() throws IOException {
    own = Files.createDirectory(directory.resolve("own"));
    broker = listenAt(own.resolve("broker.sock").toString());
  }

  @AfterEach
  void close() {
    broker.close();
    loop.close();
  }

  private UnixTestSocket listenAt(String address) {
    UnixTestSocket listener = new UnixTestSocket(UnixTestSocket.STREAM, address).listening();
    loop.run(() -> loop.kernel.keepForBroker(address));
    return listener;
  }

  @Test
  void shouldRefuseToBindInTheDirectory() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), own);
    assertNotBound(own.resolve("s"));
    assertNotBound(link.resolve("s"));
    assertNotBound(own.resolve("../own/./s"));
    assertNotBound(Path.of("/proc/self/root" + own).resolve("s"));
    assertNotBound(own.resolve("broker.sock"));
  }

  @Test
  void shouldRefuseToConnectToTheSocketByAnyPath() throws IOException {
    Path socket = own.resolve("broker.sock");
    assertNotConnected(socket);
    assertNotConnected(Files.createSymbolicLink(directory.resolve("link"), socket));
    assertNotConnected(Files.createLink(directory.resolve("hard"), socket));
    assertNotConnected(own.resolve("../own/./broker.sock"));
  }

  @Test
  void shouldRefuseToConnectToAnythingElseInTheDirectory() throws IOException {
    Path other = own.resolve("other");
    try (UnixTestSocket listener = new UnixTestSocket(UnixTestSocket.STREAM, other.toString())) {
      listener.listening();
      assertNotConnected(other);
      assertNotConnected(Files.createSymbolicLink(directory.resolve("link"), other));
    }
  }

  @Test
  void shouldRefuseToSendThere() {
    Path other = own.resolve("other");
    try (UnixTestSocket receiver = new UnixTestSocket(UnixTestSocket.DATAGRAM, other.toString())) {
      KernelSocket sender = loop.open(Family.UNIX, SocketType.DGRAM);
      Address to = Address.unix(other.toString());
      assertThat(loop.call(() -> sender.send(KernelLoop.bytes("x"), to, false)))
          .isEqualTo(-Errno.EPERM);
      assertThat(loop.call(() -> sender.connect(to))).isEqualTo(-Errno.EPERM);
      assertThat(receiver.isEmpty()).isTrue();
    }
  }

  /**
   * The service manager would take a client's message for the broker's: that it hangs, or has
   * ended.
   */
  @Test
  void shouldNotSpeakToTheServiceManagerForAClient() throws IOException {
    Path path = directory.resolve("notify");
    try (UnixTestSocket manager = new UnixTestSocket(UnixTestSocket.DATAGRAM, path.toString())) {
      loop.run(() -> loop.kernel.keepManagerForBroker(path.toString()));
      KernelSocket sender = loop.open(Family.UNIX, SocketType.DGRAM);
      for (Path it : List.of(path, Files.createLink(directory.resolve("link"), path))) {
        Address to = Address.unix(it.toString());
        assertThat(loop.call(() -> sender.send(KernelLoop.bytes("x"), to, false)))
            .isEqualTo(-Errno.EPERM);
        assertThat(loop.call(() -> sender.connect(to))).isEqualTo(-Errno.EPERM);
      }
      assertThat(manager.isEmpty()).isTrue();
    }
  }

  @Test
  void shouldRefuseItsAbstractName() {
    String name = "@own-" + ProcessHandle.current().pid();
    try (UnixTestSocket listener = listenAt(name)) {
      KernelSocket client = loop.open(Family.UNIX, SocketType.STREAM);
      assertThat(loop.call(() -> client.connect(Address.unix(name)))).isEqualTo(-Errno.EPERM);
      assertThat(listener.isEmpty()).isTrue();
    }
  }

  @Test
  void shouldLetClientsMeetElsewhere() {
    Address elsewhere = Address.unix(directory.resolve("s").toString());
    KernelSocket listener = loop.open(Family.UNIX, SocketType.STREAM);
    loop.run(() -> listener.bind(elsewhere));
    loop.run(() -> listener.listen(1));
    KernelSocket client = loop.open(Family.UNIX, SocketType.STREAM);
    assertThat(loop.call(() -> client.connect(elsewhere))).isZero();
    assertThat(loop.call(client::peerAddress)).isEqualTo(elsewhere);
  }

  private void assertNotBound(Path path) {
    KernelSocket socket = loop.open(Family.UNIX, SocketType.STREAM);
    assertThatThrownBy(() -> loop.run(() -> socket.bind(Address.unix(path.toString()))))
        .isInstanceOfSatisfying(
            RefusedException.class, it -> assertThat(it.errno()).isEqualTo(Errno.EPERM))
        .hasMessageContaining("the broker's own socket and its directory are closed to clients");
    assertThat(own).isDirectoryNotContaining(it -> !it.endsWith("broker.sock"));
  }

  private void assertNotConnected(Path path) {
    KernelSocket socket = loop.open(Family.UNIX, SocketType.STREAM);
    assertThat(loop.call(() -> socket.connect(Address.unix(path.toString()))))
        .as(path.toString())
        .isEqualTo(-Errno.EPERM);
  }
}
