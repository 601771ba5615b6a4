package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Terms;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
      listener(loop).adopt(listen(path)).sync();
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        assertThat(readAll(client)).contains("EPERM", "by a broker");
      }
    } finally {
      loop.mayEnd();
      loop.shutdownGracefully().sync();
    }
  }

  private static Listener listener(BrokerLoop loop) {
    Parts parts = Parts.of(loop, Terms.of(Limits.DEFAULT), _ -> {});
    Conductor conductor = new Conductor(parts.environment());
    return new Listener(loop, parts.channels(), conductor, parts.kernel(), Limits.DEFAULT, null);
  }

  private static int listen(Path path) throws Exception {
    Socket socket = Socket.newSocketDomain();
    socket.bind(new DomainSocketAddress(path.toFile()));
    socket.listen(1);
    return socket.intValue();
  }

  private static String readAll(SocketChannel client) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    while (client.read(bytes) >= 0) {
      assertThat(bytes.hasRemaining()).isTrue();
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }
}
