package dev.sockbroker.system;

import static dev.sockbroker.system.LoopAllocation.read;
import static dev.sockbroker.system.LoopAllocation.write;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Moving bytes in frames creates no garbage: the JVM's count of the bytes that the broker's loop
 * allocates does not grow with the frames. First the compiler must have optimized the code, which
 * takes as long as it takes.
 */
@Tag("alone")
class AllocationTest {
  private static final int MESSAGES = 4000;

  /**
   * The limit for a receive and a send. For a native call, the JDK allocates a segment of 40 bytes
   * unless the compiler removes the allocation, which varies between runs. The broker allocates an
   * entry for each operation that waits, and nothing else.
   */
  private static final int BYTES_MAX = 96;

  /**
   * The limit if the broker's state outlives it: for each receive that waits, it then writes
   * records of the operation, of its socket and of the connection.
   */
  private static final int KEPT_BYTES_MAX = 4096;

  @ParameterizedTest
  @CsvSource({
    "none, 64, " + BYTES_MAX,
    "none, 100000, " + BYTES_MAX,
    "auto, 64, " + KEPT_BYTES_MAX,
    "auto, 100000, " + KEPT_BYTES_MAX
  })
  void shouldAllocateNothingForAFrame(String keep, int size, int max) throws Exception {
    try (BrokerProcess process = BrokerProcess.start("--keep=" + keep);
        Broker broker = Broker.connect(process.socket());
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        SocketChannel peer = SocketChannel.open((InetSocketAddress) listener.localAddress());
        SharedSocket socket = listener.accept()) {
      peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      LoopAllocation.awaitLess(process, (long) max * MESSAGES, () -> echo(socket, peer, size));
    }
  }

  /** Echoes messages. Half of the receives wait. */
  private static void echo(SharedSocket socket, SocketChannel peer, int size) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocateDirect(size);
    ByteBuffer room = ByteBuffer.allocateDirect(4 * size);
    for (int i = 0; i < MESSAGES; i++) {
      if (i % 2 == 0) {
        write(peer, buffer.clear());
        receive(socket, room, size);
      } else {
        CompletableFuture<Integer> received = socket.receiveAsync(room.clear());
        write(peer, ByteBuffer.allocate(size));
        receive(socket, room, size - received.get());
      }
      socket.send(buffer.clear());
      read(peer, buffer.clear());
    }
  }

  /** Repeats the same request, like programs with a buffer of constant size. */
  private static void receive(SharedSocket socket, ByteBuffer into, int count) throws IOException {
    int left = count;
    while (left > 0) {
      left -= socket.receive(into.clear());
    }
  }
}
