package dev.sockbroker.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A stream socket as a blocking stream. A write ends when all of its bytes are taken. */
final class SocketOutputStream extends OutputStream {
  private final SharedSocket socket;
  private final Duration timeout;

  SocketOutputStream(SharedSocket socket, Duration timeout) {
    this.socket = socket;
    this.timeout = timeout;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(bytes, offset, length);
    if (length > 0) {
      socket.send(from, timeout);
    }
    if (from.hasRemaining()) {
      throw incomplete(length - from.remaining());
    }
  }

  /** A short count means that the time-out or an interrupt ended the send. */
  private static IOException incomplete(int written) {
    String words = "only " + written + " bytes were taken";
    InterruptedIOException failure =
        Thread.currentThread().isInterrupted()
            ? new InterruptedIOException(words)
            : new SocketTimeoutException(words);
    failure.bytesTransferred = written;
    return failure;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
