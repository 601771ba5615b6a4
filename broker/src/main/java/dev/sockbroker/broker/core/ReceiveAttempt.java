package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import io.netty.buffer.ByteBuf;

/** Receives bytes or a datagram for one request. Reusable afterwards. */
final class ReceiveAttempt implements Attempt {
  /**
   * The size of data up to which a copy is cheap. A mostly unused buffer is not kept while its
   * reply waits to be written. The data is copied if it fills at most half of the buffer, or,
   * beyond this size, at most an eighth.
   */
  private static final int COPY_MAX = 16_384;

  private final Environment environment;
  private final Pool<Receipt> receipts;
  private final Pool<ReceiveAttempt> pool;
  private final Operation operation = new Operation(this);
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();
  private Call call;
  private Descriptor descriptor;
  private int length;
  private boolean peek;
  private boolean waits;

  /**
   * @param pool the pool to which this object returns
   */
  ReceiveAttempt(Environment environment, Pool<Receipt> receipts, Pool<ReceiveAttempt> pool) {
    this.environment = environment;
    this.receipts = receipts;
    this.pool = pool;
  }

  /**
   * @param max the maximum number of bytes, already checked
   */
  void begin(Call of, Descriptor by, int max, boolean peeks, Long timeoutMillis) {
    call = of;
    descriptor = by;
    length = max;
    peek = peeks;
    waits = false;
    operation.begin(call, descriptor, descriptor.socket.in(), timeoutMillis, environment.timers());
  }

  /** Continues to wait as in another broker. */
  void restore(Call of, Descriptor by, int max, boolean peeks, SavedOperation saved) {
    call = of;
    descriptor = by;
    length = max;
    peek = peeks;
    waits = true;
    operation.restore(call, descriptor, descriptor.socket.in(), saved, environment.timers());
  }

  @Override
  public Progress proceed() {
    OwnedSocket socket = descriptor.socket;
    if (socket.lanes().isReceiving()) {
      // The lane was attached while this operation waited for its session to read.
      call.refuse(DataHandler.laneInTheWay());
      return Progress.DONE;
    }
    if (!mayTry(socket.transport())) {
      return Progress.BLOCKED;
    }
    ByteBuf buffer = environment.buffers().directBuffer(length);
    long position = socket.transport().position();
    int result = socket.transport().receive(buffer, length, peek, arrival);
    if (result < 0) {
      return withoutData(-result, buffer);
    }
    // The operation may have waited, so its end with data re-enables the event again (rule 37).
    if (result > 0 || !socket.isStream()) {
      socket.enableReceive();
    }
    descriptor.received(PolicyLane.FRAMES, peek ? 0 : result);
    answer(position, fitted(buffer), peek || socket.isStream() && result == 0);
    return Progress.DONE;
  }

  /**
   * Whether to try. A waiting receive is only tried when enough data is available. A useless try
   * would skip the urgent byte, which would be lost, and could take less than SO_RCVLOWAT.
   */
  private boolean mayTry(TransportState transport) {
    if (!operation.isPatient()) {
      return !waits || transport.hasBytes(1);
    } else if (waits) {
      return transport.isReadable() && transport.hasBytes(enough(transport));
    }
    long enough = enough(transport);
    return enough == 1 || transport.hasBytes(enough);
  }

  /**
   * Returns how many bytes to wait for. As in Linux, a peek at a Unix socket does not wait for
   * SO_RCVLOWAT.
   */
  private long enough(TransportState transport) {
    KernelSocket kernel = transport.kernel();
    boolean any = !transport.isStream() || peek && kernel.family() == Family.UNIX;
    return any ? 1 : Math.min(length, kernel.receiveLowWaterMark());
  }

  private Progress withoutData(int errno, ByteBuf buffer) {
    if (errno != Errno.EAGAIN) {
      buffer.release();
      call.refuse(RefusedException.ofTransfer(errno));
      return Progress.DONE;
    } else if (operation.isPatient() && descriptor.socket.transport().isDatagramEnd()) {
      answer(0, buffer, true);
      return Progress.DONE;
    }
    buffer.release();
    return Progress.BLOCKED;
  }

  private ByteBuf fitted(ByteBuf buffer) {
    int count = buffer.readableBytes();
    if (count > length / 2 || count > COPY_MAX && count > length / 8) {
      return buffer;
    }
    // Uses the buffer's internal NIO view, because a ByteBuf source would create a view for each
    // copy.
    ByteBuf small =
        environment.buffers().directBuffer(count).writeBytes(buffer.internalNioBuffer(0, count));
    buffer.release();
    return small;
  }

  /**
   * @param leavesNothing whether there is nothing to return if the reply is not delivered
   */
  private void answer(long position, ByteBuf bytes, boolean leavesNothing) {
    OwnedSocket socket = descriptor.socket;
    Integer size = arrival.size > bytes.readableBytes() ? (Integer) arrival.size : null;
    Reply.Received reply =
        arrival.from == null && size == null && arrival.control == null
            ? Reply.Received.BYTES_ONLY
            : new Reply.Received(arrival.from, size, arrival.control);
    SessionProxy.Delivery receipt =
        leavesNothing
            ? null
            : receipts.take().of(socket, call.session(), position, bytes.retain(), arrival);
    call.reply(reply, bytes, receipt);
  }

  @Override
  public void onWait() {
    waits = true;
  }

  @Override
  public Progress onTime() {
    return proceed();
  }

  @Override
  public int wouldBlock() {
    return Errno.EAGAIN;
  }

  @Override
  public void refuse(RefusedException why) {
    call.refuse(why);
  }

  @Override
  public void discard() {
    // Keeps nothing while it waits.
  }

  @Override
  public void over() {
    call.giveBack();
    call = null;
    descriptor = null;
    arrival.clear();
    pool.giveBack(this);
  }
}
