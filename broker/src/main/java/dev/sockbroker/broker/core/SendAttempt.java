package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * Sends the bytes of one request, which may come in several frames; then it can be used for another
 * request.
 */
final class SendAttempt implements Attempt {
  /** How much of a long send is asked for at a time. */
  private static final int PART_BYTES = 512 << 10;

  /** How long a send that has begun waits for its next part, and keeps others from sending. */
  private static final long PART_MILLIS = 20_000;

  private static final Reply.Sent ALL = new Reply.Sent(null);

  private final Pool<SendAttempt> pool;
  private final Operation operation = new Operation(this);
  private final ArrayDeque<ByteBuf> parts = new ArrayDeque<>(1);
  private Call call;
  private Descriptor descriptor;
  private Address to;
  private boolean urgent;
  private long total;
  private long arrived;
  private long taken;
  private long buffered;
  private boolean asked;
  private boolean waits;
  private boolean starved;

  /** Until when the part that was asked for may take to come, once nothing else is left to send. */
  private Timers.Timer patience;

  private Timers timers;

  /**
   * @param pool where it goes when it is over
   */
  SendAttempt(Pool<SendAttempt> pool) {
    this.pool = pool;
  }

  /**
   * @param payload its reference is taken over
   * @param bytes of the whole send, the payload's or more
   */
  void begin(Call of, Descriptor by, Request.Send send, ByteBuf payload, long bytes, Timers clock) {
    call = of;
    descriptor = by;
    to = send.to();
    urgent = send.oob();
    total = bytes;
    arrived = payload.readableBytes();
    taken = 0;
    asked = false;
    waits = false;
    starved = false;
    timers = clock;
    parts.add(payload);
    operation.begin(call, descriptor, descriptor.socket.out(), send.timeoutMillis(), timers);
  }

  /**
   * The next part has come.
   *
   * @param payload its reference is taken over
   * @throws RefusedException if it was not asked for, or is too much to keep
   */
  void more(ByteBuf payload) {
    int count = payload.readableBytes();
    if (!asked || count == 0 || count > PART_BYTES || arrived + count > total) {
      payload.release();
      throw new RefusedException(Errno.EINVAL, "a part of " + count + " bytes was not asked for");
    }
    asked = false;
    stopPatience();
    arrived += count;
    parts.add(fitted(payload));
    keep();
  }

  @Override
  public Progress proceed() {
    if (!hasBegun() && descriptor.socket.rings().isClientSending()) {
      // It came while this waited and could not be served, its session not reading.
      finish(DataHandler.ringInTheWay());
      return Progress.DONE;
    }
    while (!parts.isEmpty()) {
      ByteBuf part = parts.peek();
      int result = descriptor.socket.transport().send(part, to, urgent);
      if (result < 0 && result != -Errno.EAGAIN) {
        finish(RefusedException.ofTransfer(-result));
        return Progress.DONE;
      }
      taken += Math.max(result, 0);
      if (result < 0 || part.isReadable()) {
        return blocked();
      }
      parts.poll().release();
    }
    if (arrived < total) {
      keep();
      ask();
      starve();
      return Progress.STARVED;
    }
    finish(null);
    return Progress.DONE;
  }

  /** Its sender has stopped in the middle, and nobody else can send before it ends (rule 26). */
  private void starve() {
    starved = true;
    if (patience == null) {
      patience =
          timers.after(
              PART_MILLIS,
              () ->
                  operation.giveUp(
                      RefusedException.timedOut(
                          "its next part did not come in " + PART_MILLIS / 1000 + " s")));
    }
  }

  private void stopPatience() {
    if (patience != null) {
      patience.cancel();
      patience = null;
    }
  }

  @Override
  public boolean hasBegun() {
    return taken > 0 || starved;
  }

  /** The kernel took less than was asked (rule 37). */
  private Progress blocked() {
    OwnedSocket socket = descriptor.socket;
    socket.enable(NetworkEvent.WRITE);
    if (!socket.isStream() && socket.kernel().family() == Family.UNIX) {
      socket.retryLater();
    }
    if (waits) {
      // less than before
      keep();
      ask();
    }
    return Progress.BLOCKED;
  }

  @Override
  public void onWait() {
    keep();
    waits = true;
    ask();
  }

  /** Counts what is kept for the session (rule 20). */
  private void keep() {
    if (!parts.isEmpty()) {
      parts.addFirst(fitted(parts.poll()));
    }
    long now = arrived - taken;
    Account account = call.session().account();
    if (now > buffered) {
      account.charge(Resource.BUFFERED_BYTES, now - buffered);
    } else {
      account.release(Resource.BUFFERED_BYTES, buffered - now);
    }
    buffered = now;
  }

  /** Asks for the next part early enough that the kernel does not run dry. */
  private void ask() {
    if (!asked && arrived < total && arrived - taken < PART_BYTES / 2) {
      asked = true;
      call.session()
          .proxyToFlush()
          .event(
              call.requestId(),
              new Event.SendReady(descriptor.id, (int) Math.min(PART_BYTES, total - arrived)));
    }
  }

  /**
   * Answers: what was taken if anything was, else the error.
   *
   * @param why null when all was taken
   */
  private void finish(RefusedException why) {
    discard();
    descriptor.bytesOut += taken;
    if (why == null) {
      call.reply(ALL);
    } else if (taken > 0) {
      call.reply(new Reply.Sent(taken));
    } else {
      call.refuse(why);
    }
  }

  /**
   * A payload is a piece of the bytes as they came from the client: where most of them are not
   * needed, the piece is copied and not the whole of them kept.
   */
  private static ByteBuf fitted(ByteBuf part) {
    int count = part.readableBytes();
    ByteBuf whole = part.unwrap();
    if (whole == null || count > whole.capacity() / 2) {
      return part;
    }
    ByteBuf small =
        part.alloc()
            .directBuffer(count)
            .writeBytes(part.internalNioBuffer(part.readerIndex(), count));
    part.release();
    return small;
  }

  @Override
  public int wouldBlock() {
    return Errno.EAGAIN;
  }

  /**
   * It met EAGAIN, or took fewer bytes than asked, also where a send before it was in the way and
   * the kernel never asked (rule 37).
   */
  @Override
  public void refuse(RefusedException why) {
    descriptor.socket.enable(NetworkEvent.WRITE);
    finish(why);
  }

  @Override
  public void discard() {
    stopPatience();
    for (ByteBuf part = parts.poll(); part != null; part = parts.poll()) {
      part.release();
    }
    call.session().account().release(Resource.BUFFERED_BYTES, buffered);
    buffered = 0;
  }

  @Override
  public void over() {
    call.giveBack();
    call = null;
    descriptor = null;
    to = null;
    timers = null;
    pool.giveBack(this);
  }
}
