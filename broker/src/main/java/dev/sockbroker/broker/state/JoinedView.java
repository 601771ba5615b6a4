package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collection;

/**
 * Several buffers as one, to be saved. Netty's own {@code Unpooled.wrappedBuffer} would release
 * those that are empty, and {@code wrappedUnmodifiableBuffer} ignores what was read of them.
 */
public final class JoinedView {
  private JoinedView() {}

  /** Returns a view of the readable bytes. The buffers remain the caller's. */
  public static ByteBuf of(Collection<ByteBuf> buffers) {
    if (buffers.isEmpty()) {
      return Unpooled.EMPTY_BUFFER;
    } else if (buffers.size() == 1) {
      return buffers.iterator().next().duplicate();
    }
    CompositeByteBuf all = Unpooled.compositeBuffer(buffers.size());
    buffers.forEach(it -> all.addComponent(true, it.duplicate()));
    return all;
  }
}
