package dev.sockbroker.client;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A non-blocking Unix stream socket that can receive fds, which Java's own channels cannot. Any
 * thread may call any method; the caller ensures that no other call runs during {@link #close}.
 */
interface FdSocket {
  /**
   * @throws ConnectException if the broker's queue is full, or if no broker listens there
   */
  void connect(Path path) throws IOException;

  /** The user that the peer runs as. */
  int peerUid() throws IOException;

  /**
   * Sends all bytes of the buffer, or no byte to learn whether the connection is open.
   *
   * @param bytes in direct memory
   * @throws IOException also if the peer takes only a part
   */
  void send(ByteBuffer bytes) throws IOException;

  /**
   * Receives bytes that no fd comes with, and advances the buffer.
   *
   * @param into in direct memory
   * @return 0 if nothing has arrived, -1 at the end of the stream
   */
  int receive(ByteBuffer into) throws IOException;

  /**
   * Receives one byte and the fd that comes with it.
   *
   * @return the fd, which the caller owns
   * @throws IOException also if nothing has arrived or no fd comes with it
   */
  int receiveFd() throws IOException;

  /** Closes the socket. A second call does nothing. */
  void close();
}
