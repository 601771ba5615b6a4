package dev.sockbroker.client;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The session's second connection, over which fds come. It needs Netty's native transport: Java
 * itself has no way to receive one. Opened by one caller, then the I/O thread's.
 *
 * <p>One message is a zero byte with an fd beside it and the request's id in 8 bytes. The broker
 * sends it before the reply, so whoever has seen the reply finds it here without waiting.
 */
final class FdConnection {
  private static final int HELLO_ID = 1;

  /** Longer than any reply to the hello. */
  private static final int REPLY_BYTES = 4096;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_AGAIN_NANOS = 50_000;

  private final Socket socket;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(REPLY_BYTES);

  private FdConnection(Socket socket) {
    this.socket = socket;
  }

  /**
   * @param key from the broker, for this session
   */
  static FdConnection open(Path path, String key) throws IOException {
    Epoll.ensureAvailability();
    FdConnection connection = new FdConnection(Socket.newSocketDomain());
    try {
      connection.socket.connect(new DomainSocketAddress(path.toString()));
      connection.hello(key);
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void hello(String key) throws IOException {
    FrameCodec codec = new FrameCodec();
    ByteBuffer frame = codec.encode(HELLO_ID, new Request.FdHello(key), 0);
    buffer.put(frame).flip();
    socket.send(buffer, 0, buffer.limit());
    buffer.clear();
    while (!isWhole()) {
      receive();
    }
    buffer.flip();
    FrameHeader header = FrameHeader.read(buffer);
    try {
      Message reply = codec.decode(header, buffer);
      if (!(reply instanceof Reply.Done)) {
        throw new IOException("the broker refused the fd connection: " + reply);
      }
    } catch (InvalidMessageException e) {
      throw new IOException("the broker answered the fd connection with nonsense", e);
    }
  }

  private boolean isWhole() throws MalformedFrameException {
    if (buffer.position() < FrameHeader.BYTES) {
      return false;
    }
    int length = buffer.getInt(0);
    FrameHeader.checkLength(length, buffer.capacity());
    return buffer.position() >= FrameHeader.LENGTH_BYTES + length;
  }

  /** Waits for bytes; once in a session's life, so it may look now and then. */
  private void receive() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int count = socket.recv(buffer, buffer.position(), buffer.limit());
    while (count == 0) {
      if (System.nanoTime() - deadline > 0) {
        throw new SocketTimeoutException("the broker did not answer within " + PATIENCE);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      count = socket.recv(buffer, buffer.position(), buffer.limit());
    }
    if (count < 0) {
      throw new IOException("the broker closed the fd connection");
    }
    buffer.position(buffer.position() + count);
  }

  /**
   * Takes an fd of a request that was answered; the caller owns it.
   *
   * @throws IOException also if this process can have no more of them, and then this one is lost
   */
  private int take(long requestId) throws IOException {
    int fd = socket.recvFd();
    long id = readId();
    if (fd <= 0) {
      throw new IOException("no fd came beside the reply; this process may have too many open");
    }
    if (id != requestId) {
      new Socket(fd).close();
      throw new IOException("an fd came for request " + id + " and not for " + requestId);
    }
    return fd;
  }

  /** Takes the fds of one reply, all or none. */
  int[] take(long requestId, int count) throws IOException {
    int[] fds = new int[count];
    for (int i = 0; i < count; i++) {
      try {
        fds[i] = take(requestId);
      } catch (IOException e) {
        for (int taken = 0; taken < i; taken++) {
          new Socket(fds[taken]).close();
        }
        throw e;
      }
    }
    return fds;
  }

  private long readId() throws IOException {
    int count = socket.recv(buffer, 0, Long.BYTES);
    if (count != Long.BYTES) {
      throw new IOException("an fd's message ended after " + count + " bytes");
    }
    return buffer.getLong(0);
  }

  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed whatever the kernel says (close(2))
      return;
    }
  }
}
