package dev.sockbroker.client;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * The result of one receive.
 *
 * @param data the bytes, from position to limit, in a new buffer. On a stream an empty buffer means
 *     the end; a datagram may be empty.
 * @param from a datagram's sender; null on a stream, and for a Unix socket without an address
 * @param size the datagram's full size in bytes, which exceeds {@code data} if it was truncated
 * @param control the kernel's control data, if an option asks for it (rule 50); otherwise null
 */
public record Received(ByteBuffer data, SocketAddress from, int size, ControlData control) {

  /** Whether the datagram did not fit. The remaining bytes are lost. */
  public boolean isTruncated() {
    return size > data.limit();
  }
}
