package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.buffer.ByteBuf;

/**
 * What one receive got, kept until the kernel has taken its reply: if that never happens, it is the
 * next receiver's (rule 26). Then it can be used for another.
 */
final class Receipt implements SessionProxy.Delivery {
  private final Pool<Receipt> pool;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();
  private OwnedSocket socket;
  private Account account;
  private long position;
  private ByteBuf bytes;

  /**
   * @param pool where it goes when it is over
   */
  Receipt(Pool<Receipt> pool) {
    this.pool = pool;
  }

  /**
   * @param by who is charged for it while it is nobody's
   * @param at as {@link TransportState#position} was before
   * @param received its reference is taken over
   * @param beside is copied
   */
  Receipt of(OwnedSocket from, Account by, long at, ByteBuf received, KernelSocket.Arrival beside) {
    socket = from;
    account = by;
    position = at;
    bytes = received;
    arrival.copy(beside);
    return this;
  }

  @Override
  public void done(boolean toKernel) {
    if (toKernel || socket.isClosed()) {
      bytes.release();
    } else {
      giveBack();
    }
    socket = null;
    account = null;
    bytes = null;
    arrival.clear();
    pool.giveBack(this);
  }

  private void giveBack() {
    KernelSocket.Arrival kept = null;
    if (!socket.isStream()) {
      kept = new KernelSocket.Arrival();
      kept.copy(arrival);
    }
    socket
        .transport()
        .giveBack(
            new Returned.Chunk(
                position, bytes.readerIndex(0), kept, account, Resource.BUFFERED_BYTES));
    socket.serveWaitingLater();
  }
}
