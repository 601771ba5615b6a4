package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketSpec;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;

/**
 * A worker that echoes through a ring, as fast as it can. The other end of its connection sends
 * without waiting for replies, and compares every byte that comes back.
 */
final class RingLoad implements Load {
  private static final int RING_BYTES = 1 << 16;
  private static final int PIECE_BYTES = 1 << 12;
  private static final int SEED = 14;

  private final Broker broker;
  private final SharedSocket socket;
  private final Socket peer;
  private final FutureTask<Long> echoed;
  private final FutureTask<Long> sent;
  private final FutureTask<Long> compared;
  private volatile boolean over;

  RingLoad(Path path) throws IOException {
    broker = Broker.connect(path);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      socket = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      peer = server.accept();
    }
    SocketRing ring = socket.ring(RING_BYTES);
    echoed = Background.begin(() -> ring.inputStream().transferTo(ring.outputStream()));
    sent = Background.begin(this::send);
    compared = Background.begin(this::compare);
  }

  /** Returns how many bytes. */
  private long send() throws IOException {
    Random random = new Random(SEED);
    byte[] piece = new byte[PIECE_BYTES];
    long count = 0;
    for (; !over; count += PIECE_BYTES) {
      random.nextBytes(piece);
      peer.getOutputStream().write(piece);
    }
    return count;
  }

  /** Returns how many bytes came back unchanged. */
  private long compare() throws IOException {
    Random random = new Random(SEED);
    byte[] expected = new byte[PIECE_BYTES];
    byte[] received = new byte[PIECE_BYTES];
    DataInputStream in = new DataInputStream(peer.getInputStream());
    long count = 0;
    // the sender knows how much it has sent once it has ended
    while (!over || count < Background.result(sent)) {
      random.nextBytes(expected);
      in.readFully(received);
      int wrong = Arrays.mismatch(expected, received);
      if (wrong >= 0) {
        throw new IOException("byte " + (count + wrong) + " is wrong");
      }
      count += PIECE_BYTES;
    }
    return count;
  }

  @Override
  public Outcome stop() throws IOException {
    over = true;
    try {
      long bytes = Background.result(compared);
      peer.shutdownOutput();
      boolean clean = bytes > 0 && Background.result(echoed) == bytes;
      return new Outcome("%,d MB echoed, 0 bytes wrong".formatted(bytes >> 20), clean);
    } catch (IOException e) {
      return new Outcome("failed: " + e.getMessage(), false);
    }
  }

  @Override
  public void close() throws IOException {
    peer.close();
    broker.close();
  }
}
