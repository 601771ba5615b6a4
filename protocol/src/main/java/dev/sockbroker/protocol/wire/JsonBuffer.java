package dev.sockbroker.protocol.wire;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A growing byte array whose content can be read without a copy. It begins with room for the
 * header.
 */
final class JsonBuffer extends OutputStream {
  /** The capacity that is kept after a large message; nearly all messages are smaller. */
  private static final int KEPT = 1 << 16;

  private byte[] bytes = new byte[1024];
  private ByteBuffer view = ByteBuffer.wrap(bytes);
  private int length;

  void reset(int headRoom) {
    if (bytes.length > KEPT) {
      bytes = new byte[KEPT];
    }
    length = headRoom;
  }

  int length() {
    return length;
  }

  /** Valid until the next write. */
  ByteBuffer view() {
    if (view.array() != bytes) {
      view = ByteBuffer.wrap(bytes);
    }
    return view.clear().limit(length);
  }

  @Override
  public void write(int b) {
    ensure(1);
    bytes[length++] = (byte) b;
  }

  @Override
  public void write(byte[] source, int offset, int count) {
    ensure(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  private void ensure(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
    }
  }
}
