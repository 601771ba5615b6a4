package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.state.SavedDelivery;
import io.netty.buffer.ByteBuf;

/**
 * The result of one receive, kept until the kernel has taken the reply. If the reply is never
 * taken, the next receiver gets the data (rule 26). Reusable afterwards.
 */
final class Receipt implements SessionProxy.Delivery {
  private final Pool<Receipt> pool;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();
  private OwnedSocket socket;
  private Session session;
  private long position;
  private ByteBuf bytes;

  /**
   * @param pool the pool to which this object returns
   */
  Receipt(Pool<Receipt> pool) {
    this.pool = pool;
  }

  /**
   * @param by the session that is charged while nobody has received the data
   * @param at the {@link TransportState#position} before the receive
   * @param received the data, whose reference is taken over
   * @param beside the other results of the receive, which are copied
   */
  Receipt of(OwnedSocket from, Session by, long at, ByteBuf received, KernelSocket.Arrival beside) {
    socket = from;
    session = by;
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
    session = null;
    bytes = null;
    arrival.clear();
    pool.giveBack(this);
  }

  @Override
  public SavedDelivery save(Saving saving) {
    return new SavedDelivery.Received(
        socket.id(),
        saving.idOf(session),
        position,
        bytes.slice(0, bytes.writerIndex()),
        socket.isStream() ? null : Returned.save(arrival));
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
                position, bytes.readerIndex(0), kept, session, Resource.BUFFERED_BYTES));
    socket.serveWaitingLater();
  }
}
