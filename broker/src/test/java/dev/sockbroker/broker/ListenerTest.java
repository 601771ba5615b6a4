package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Environment;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Timers;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.protocol.SocketPaths;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which connections get a session, for every path that leads to the listener. */
class ListenerTest {
  @TempDir Path directory;

  /** Here this process is the broker, and it connects to itself. */
  @Test
  void shouldRefuseItsOwnProcess() throws Exception {
    Path path = directory.resolve("broker.sock");
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      listener(group.next()).adopt(listen(path)).sync();
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        assertThat(readAll(client)).contains("EPERM", "by a broker");
      }
    } finally {
      group.shutdownGracefully().sync();
    }
  }

  private static Listener listener(IoEventLoop loop) {
    EpollKernel kernel = new EpollKernel(loop);
    Timers timers = new Timers(System::nanoTime, new LoopAlarm(loop));
    Conductor conductor =
        new Conductor(
            new Environment(
                kernel,
                timers,
                loop,
                loop::inEventLoop,
                PooledByteBufAllocator.DEFAULT,
                InstantSource.system(),
                Limits.DEFAULT,
                SocketPaths.effectiveUid(),
                "test"));
    return new Listener(loop, conductor, kernel, Limits.DEFAULT, null);
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
