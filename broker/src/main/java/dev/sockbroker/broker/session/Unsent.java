package dev.sockbroker.broker.session;

import dev.sockbroker.broker.state.JoinedView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayList;
import java.util.List;

/** What was written to a channel and the kernel has not taken. */
final class Unsent {
  private Unsent() {}

  /** Returns a view of the bytes of a flushed channel, valid until the channel writes again. */
  static ByteBuf of(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    if (buffer == null) {
      return Unpooled.EMPTY_BUFFER;
    }
    List<ByteBuf> bytes = new ArrayList<>();
    try {
      buffer.forEachFlushedMessage(
          message -> {
            bytes.add((ByteBuf) message);
            return true;
          });
    } catch (Exception e) {
      throw new IllegalStateException("the unsent bytes cannot be read", e);
    }
    return JoinedView.of(bytes);
  }
}
