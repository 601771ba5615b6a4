package dev.sockbroker.broker.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.concurrent.Executor;

/**
 * Bounds what one pass of the loop reads. A connection reads as much at a time as seems to be
 * there, until many have something to read: then all have equal shares of the pass. A small read is
 * always possible, so a small request is never late. One for all connections of the loop. Loop
 * thread only.
 */
public final class ReadShares implements RecvByteBufAllocator {
  /** For all reads of one pass, apart from small ones. */
  static final int PASS_BYTES = 1 << 20;

  /** What each connection may read in each pass. */
  public static final int SMALL_BYTES = 2048;

  private final RecvByteBufAllocator sizes;
  private final Executor nextPass;
  private int left = PASS_BYTES;
  private int share = PASS_BYTES;
  private int readers;

  /**
   * @param sizes how much a connection reads where there is room
   * @param nextPass runs a task after everything else of this pass
   */
  public ReadShares(RecvByteBufAllocator sizes, Executor nextPass) {
    this.sizes = sizes;
    this.nextPass = nextPass;
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Share((ExtendedHandle) sizes.newHandle());
  }

  /**
   * The next read is of this size at most.
   *
   * @param wanted how much the connection would read if it were alone
   */
  private int size(int wanted) {
    return Math.min(wanted, Math.max(SMALL_BYTES, Math.min(share, left)));
  }

  private void onRead(int bytes) {
    if (readers++ == 0) {
      nextPass.execute(this::onPass);
    }
    left -= Math.min(left, bytes);
  }

  /** As many as have read in this pass are expected in the next. */
  private void onPass() {
    share = PASS_BYTES / readers;
    left = PASS_BYTES;
    readers = 0;
  }

  /** Of one connection. */
  private final class Share extends RecvByteBufAllocator.DelegatingHandle
      implements ExtendedHandle {
    private final ExtendedHandle sizes;

    Share(ExtendedHandle sizes) {
      super(sizes);
      this.sizes = sizes;
    }

    @Override
    public int guess() {
      return size(sizes.guess());
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      return buffers.ioBuffer(guess());
    }

    @Override
    public void lastBytesRead(int bytes) {
      onRead(Math.max(0, bytes));
      sizes.lastBytesRead(bytes);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return sizes.continueReading(maybeMore);
    }
  }
}
