package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Terms;
import dev.sockbroker.broker.os.BrokerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which connections get a session, for every path that leads to the listener. */
class ListenerTest {
  @TempDir Path directory;

  /** Here this process is the broker, and it connects to itself. */
  @Test
  void shouldRefuseItsOwnProcess() throws Exception {
    Path path = directory.resolve("broker.sock");
    BrokerLoop loop = new BrokerLoop();
    try {
      int fd = BrokerSocket.listen(path.toString());
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      loop.submit(() -> listener(loop).open(fd)).sync();
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        assertThat(readAll(client)).contains("EPERM", "by a broker");
      }
    } finally {
      loop.mayEnd();
      loop.shutdownGracefully().sync();
    }
  }

  private static Listener listener(BrokerLoop loop) {
    Parts parts = Parts.of(loop, Terms.of(Limits.DEFAULT), _ -> {}, null);
    Conductor conductor = new Conductor(parts.environment());
    return new Listener(loop, parts.clients(), conductor, parts.kernel(), Limits.DEFAULT, null);
  }

  private static String readAll(SocketChannel client) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    while (client.read(bytes) >= 0) {
      assertThat(bytes.hasRemaining()).isTrue();
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }
}
