package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Several buffers as one, to be saved. Netty's own {@code Unpooled.wrappedBuffer} would release
 * those that are empty, and {@code wrappedUnmodifiableBuffer} ignores what was read of them.
 */
public final class JoinedView {
  private JoinedView() {}

  /** Returns a view of the readable bytes. The buffers remain the caller's. */
  public static ByteBuf of(Iterable<ByteBuf> buffers) {
    CompositeByteBuf all = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    buffers.forEach(it -> all.addComponent(true, it.duplicate()));
    return all;
  }
}
