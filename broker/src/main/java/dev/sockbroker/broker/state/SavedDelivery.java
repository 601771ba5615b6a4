package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What depends on whether the kernel takes a frame that was written to a session, or whether fds
 * are passed to it.
 */
public sealed interface SavedDelivery {
  /**
   * The frame has received data.
   *
   * @param session the one that is charged if the data returns to the socket
   * @param bytes all of the data, even if the kernel has taken a part of the frame
   * @param arrival null on a stream
   */
  record Received(
      long socket, long session, long position, ByteBuf bytes, SavedTransport.Arrival arrival)
      implements SavedDelivery {}

  /**
   * The frame has the descriptors of accepted connections.
   *
   * @param ahead the descriptors of those that were accepted ahead
   */
  record Accepted(long listener, long descriptor, @Since(4) List<Long> ahead)
      implements SavedDelivery {}

  /** The frame has the descriptor of a redeemed token. */
  record Redeemed(long token) implements SavedDelivery {}

  /** The raw fd of a socket is to be passed before the reply to an export. */
  record Exported(SavedCall call) implements SavedDelivery {}

  /** The fds of a ring are to be passed before the reply to attaching it. */
  record RingAttached(SavedCall call) implements SavedDelivery {}
}
