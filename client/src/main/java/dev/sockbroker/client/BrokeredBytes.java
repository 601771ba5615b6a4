package dev.sockbroker.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Moves the bytes of a {@code java.net} socket: through a stream if the broker attaches one,
 * otherwise in frames. Any thread may call any method.
 */
final class BrokeredBytes {
  private final SharedSocket socket;
  private final ReentrantLock lock = new ReentrantLock();

  /** Null if the bytes travel in frames. Guarded by the lock until it is decided. */
  private SocketStream stream;

  private volatile boolean decided;

  /** Whether the stream was detached, so that bytes are sent in frames. */
  private volatile boolean sendsInFrames;

  /** Whether all bytes that were passed on before the detach were received. */
  private volatile boolean receivesInFrames;

  private BrokeredBytes(SharedSocket socket, boolean decided) {
    this.socket = socket;
    this.decided = decided;
  }

  /** For a connection that nobody else uses. The stream is attached when it is first needed. */
  static BrokeredBytes ownOf(SharedSocket socket) {
    return new BrokeredBytes(socket, false);
  }

  /** For a socket that others may use. A stream would keep them from receiving and sending. */
  static BrokeredBytes sharedOf(SharedSocket socket) {
    return new BrokeredBytes(socket, true);
  }

  /** Like {@link SharedSocket#receive}. */
  int receive(ByteBuffer into, Duration timeout) throws IOException {
    SocketStream from = stream();
    if (from == null || receivesInFrames) {
      return socket.receive(into, timeout);
    }
    int count = from.read(into, timeout);
    if (count < 0 && sendsInFrames) {
      receivesInFrames = true;
      return socket.receive(into, timeout);
    }
    return count;
  }

  /** Sends all bytes. */
  void send(ByteBuffer from) throws IOException {
    SocketStream to = stream();
    if (to != null && !sendsInFrames) {
      to.write(from, Broker.FOREVER);
      return;
    }
    // a send that ended early reports the reason at the next send
    while (from.hasRemaining()) {
      socket.send(from, Broker.FOREVER);
    }
  }

  /** Sends an urgent byte. A stream cannot carry one, so the socket falls back to frames. */
  void sendUrgent(ByteBuffer data) throws IOException {
    SocketStream former = stream();
    if (former != null && !sendsInFrames) {
      sendsInFrames = true;
      former.detach();
    }
    socket.sendUrgent(data);
  }

  /**
   * The number of bytes that can be received without waiting.
   *
   * @param most how many to look for
   */
  int available(int most) throws IOException {
    SocketStream from = stream();
    if (from != null && !receivesInFrames) {
      return Math.min(most, from.available());
    }
    return Math.max(0, socket.peek(ByteBuffer.allocate(most), Duration.ZERO));
  }

  private SocketStream stream() throws IOException {
    if (decided) {
      return stream;
    }
    lock.lock();
    try {
      if (!decided) {
        stream = attach();
        decided = true;
      }
      return stream;
    } finally {
      lock.unlock();
    }
  }

  /** Returns null if the broker or this process has no room for a stream. Frames always work. */
  private SocketStream attach() throws IOException {
    try {
      SocketStream accepted = socket.acceptedStream();
      return accepted == null ? socket.stream() : accepted;
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return null;
    }
  }
}
