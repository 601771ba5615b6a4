package dev.sockbroker.system;

import static dev.sockbroker.system.LoopAllocation.read;
import static dev.sockbroker.system.LoopAllocation.write;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.SocketStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Moving bytes through a stream creates no garbage, as {@link AllocationTest} shows for frames. It
 * has a broker of its own, because the compiler optimizes a system call for the lanes that use it.
 */
@Tag("alone")
@WithBroker
class StreamAllocationTest {
  private static final int MESSAGES = 4000;

  private static BrokerProcess process;

  /** The largest message exceeds what the broker passes on at once, so it takes some 20 calls. */
  @ParameterizedTest
  @CsvSource({"64, 96", "20000, 96", "100000, 800"})
  void shouldAllocateNothingForAStream(int size, int bytesMax) throws Exception {
    try (Broker broker = Broker.connect(process.socket());
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        SocketChannel peer = SocketChannel.open((InetSocketAddress) listener.localAddress());
        SharedSocket socket = listener.accept();
        SocketStream stream = socket.stream()) {
      peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      LoopAllocation.awaitLess(process, bytesMax * MESSAGES, () -> echo(stream, peer, size));
    }
  }

  private static void echo(SocketStream stream, SocketChannel peer, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(size);
    for (int i = 0; i < MESSAGES; i++) {
      write(peer, buffer.clear());
      buffer.clear();
      while (buffer.hasRemaining()) {
        stream.read(buffer);
      }
      stream.write(buffer.clear());
      read(peer, buffer.clear());
    }
  }
}
