package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * What one receive brought.
 *
 * @param data the bytes, from position to limit, in a buffer of their own; on a stream no bytes are
 *     its end, a datagram may be empty
 * @param from a datagram's sender; null on a stream, and for a Unix socket without an address
 * @param size the datagram's full size: more than {@code data} holds if it was cut off
 * @param control what the kernel said beside the data, for the options that ask for it (rule 50);
 *     else null
 */
public record Received(ByteBuffer data, SocketAddress from, int size, Reply.ControlData control) {

  /** Bytes of the datagram did not fit, and are gone. */
  public boolean isTruncated() {
    return size > data.limit();
  }
}
