package dev.sockbroker.client;

import dev.sockbroker.protocol.BrokerPeer;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The session's second connection, which carries fds. One caller opens it; after that only the
 * reading thread uses it.
 *
 * <p>A message is a zero byte with an fd attached, followed by the request's id in 8 bytes. The
 * broker sends it before the reply, so after the reply the message can be read without waiting. If
 * it contains anything else, the connection is closed together with any fds in it.
 */
final class FdReceiver {
  private static final int HELLO_ID = 1;
  private static final int MESSAGE_BYTES = 1 + Long.BYTES;

  /** Longer than any reply to the hello. */
  private static final int REPLY_BYTES = 4096;

  /** As long as the default for a first connection, and for the same reason. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long LOOK_AGAIN_NANOS = 50_000;

  /** In direct memory, as a send needs it. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final FdSocket socket;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(REPLY_BYTES);
  private final ReentrantLock closing = new ReentrantLock();
  private volatile boolean over;

  private FdReceiver(FdSocket socket) {
    this.socket = socket;
  }

  /**
   * @param key the broker's key for this session
   */
  static FdReceiver open(Path path, String key) throws IOException {
    FdReceiver receiver = new FdReceiver(FdSockets.open());
    try {
      receiver.connect(path);
      BrokerPeer.check(path, receiver.socket.peerUid());
      receiver.hello(key);
      return receiver;
    } catch (IOException | RuntimeException e) {
      receiver.close();
      throw e;
    }
  }

  /** Retries, because the broker may be so busy that its queue is full. */
  private void connect(Path path) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        socket.connect(path);
        return;
      } catch (ConnectException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      }
    }
  }

  private void hello(String key) throws IOException {
    FrameCodec codec = new FrameCodec();
    ByteBuffer frame = codec.encode(HELLO_ID, new Request.FdHello(key), 0);
    buffer.put(frame).flip();
    socket.send(buffer);
    buffer.clear();
    FrameReader frames = new FrameReader(REPLY_BYTES);
    frames.frameBytesMax(REPLY_BYTES);
    try {
      Message reply = codec.decode(frames.read(this::receive), REPLY_BYTES).message();
      if (!(reply instanceof Reply.Done)) {
        throw new IOException("the broker refused the fd connection: " + reply);
      }
    } catch (InvalidMessageException e) {
      throw new IOException("the broker sent an invalid answer on the fd connection", e);
    }
  }

  /** Waits for bytes by polling, which is acceptable because it happens once per session. */
  private int receive(ByteBuffer into) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int count = socket.receive(into);
    while (count == 0) {
      if (System.nanoTime() - deadline > 0) {
        throw new SocketTimeoutException("the broker did not answer within " + PATIENCE);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      count = socket.receive(into);
    }
    if (count < 0) {
      throw new IOException("the broker closed the fd connection");
    }
    return count;
  }

  /**
   * Takes the fds of one reply, either all or none. The caller owns them.
   *
   * @throws IOException if they cannot be taken, for instance at this process's fd limit; the
   *     connection is then closed
   */
  int[] take(long requestId, int count) throws IOException {
    int[] fds = new int[count];
    int taken = 0;
    try {
      while (taken < count) {
        fds[taken] = receiveFd();
        taken++;
        expect(requestId, 0, Long.BYTES);
      }
      return fds;
    } catch (IOException | RuntimeException e) {
      for (int i = 0; i < taken; i++) {
        FdSockets.close(fds[i]);
      }
      close();
      throw new IOException("no fd came with the reply: " + e.getMessage(), e);
    }
  }

  /** Takes the message of one reply as plain bytes, so that this process never gets the fd. */
  void drop(long requestId) throws IOException {
    try {
      expect(requestId, 1, MESSAGE_BYTES);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private int receiveFd() throws IOException {
    checkOpen();
    return socket.receiveFd();
  }

  /** Reads that many bytes. The last 8 of them are the request's id. */
  private void expect(long requestId, int idAt, int bytes) throws IOException {
    checkOpen();
    buffer.clear().limit(bytes);
    int count = socket.receive(buffer);
    if (count != bytes) {
      throw new IOException("its message ended after " + count + " bytes");
    }
    long id = buffer.getLong(idAt);
    if (id != requestId) {
      throw new IOException("one for request " + id + " came and not for " + requestId);
    }
  }

  private void checkOpen() throws IOException {
    if (over) {
      throw new IOException("the fd connection has ended; ask again for a new one");
    }
  }

  /** Whether it will bring no more fds. The session then needs another one. */
  boolean isOver() {
    return over;
  }

  /** Any thread may call this. No more fds are taken. */
  void end() {
    over = true;
  }

  /**
   * Any thread may call this. Tells whether either side has closed the connection, so that the
   * broker cannot send fds. It uses a send of no bytes, which fails if the connection is closed and
   * which the broker does not see.
   */
  boolean hasEnded() {
    closing.lock();
    try {
      // the number may belong to another file by now
      if (!over) {
        socket.send(NOTHING.duplicate());
      }
      return over;
    } catch (IOException e) {
      return true;
    } finally {
      closing.unlock();
    }
  }

  /** Called by the reading thread, which may be receiving, or after the session has ended. */
  void close() {
    closing.lock();
    try {
      over = true;
      socket.close();
    } finally {
      closing.unlock();
    }
  }
}
