package dev.sockbroker.broker.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.concurrent.Executor;

/**
 * Bounds how much one pass of the loop reads. A single connection reads as much as seems to be
 * available. When many connections have input, they share the pass equally. A small read is always
 * possible, so small requests are never delayed. All connections of the loop share one instance.
 * Loop thread only.
 */
public final class ReadShares implements RecvByteBufAllocator {
  /** The budget for all reads of one pass except small ones. */
  static final int PASS_BYTES = 1 << 20;

  /** What each connection may read in each pass. */
  public static final int SMALL_BYTES = 2048;

  private final RecvByteBufAllocator sizes;
  private final Executor nextPass;

  /** One object for all passes, because each pass with input needs it. */
  private final Runnable onPass = this::onPass;

  private int left = PASS_BYTES;
  private int share = PASS_BYTES;
  private int readers;

  /**
   * @param sizes chooses how much a connection reads if the budget allows it
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
   * Returns the maximum size of the next read.
   *
   * @param wanted how much the connection would read if it were alone
   */
  private int size(int wanted) {
    return Math.min(wanted, Math.max(SMALL_BYTES, Math.min(share, left)));
  }

  private void onRead(int bytes) {
    if (readers++ == 0) {
      nextPass.execute(onPass);
    }
    left -= Math.min(left, bytes);
  }

  /** Starts a new pass and expects as many readers as in the last one. */
  private void onPass() {
    share = PASS_BYTES / readers;
    left = PASS_BYTES;
    readers = 0;
  }

  /** The share of one connection. */
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
