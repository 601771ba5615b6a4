package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.Deadline;
import dev.sockbroker.broker.state.JoinedView;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/** Sends the bytes of one request, which may arrive in several frames. Reusable afterwards. */
final class SendAttempt implements Attempt {
  /** How many bytes of a long send are requested at a time. */
  private static final int PART_BYTES = 512 << 10;

  /** How long a send that has begun waits for its next part, during which nobody else can send. */
  private static final long PART_MILLIS = 20_000;

  private static final Reply.Sent ALL = new Reply.Sent(null);

  private final Ledger ledger;
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

  /** The time limit for the requested part, once nothing else is left to send. */
  private Timers.Timer patience;

  private Timers timers;

  /**
   * @param ledger learns which request sends
   * @param pool the pool to which this object returns
   */
  SendAttempt(Ledger ledger, Pool<SendAttempt> pool) {
    this.ledger = ledger;
    this.pool = pool;
  }

  /**
   * @param payload bytes whose reference is taken over
   * @param bytes the length of the whole send, at least that of the payload
   */
  void begin(
      Call of,
      Descriptor by,
      Request.Send send,
      ByteBuf payload,
      long bytes,
      int sent,
      Timers clock) {
    call = of;
    descriptor = by;
    to = send.to();
    urgent = send.oob();
    total = bytes;
    arrived = payload.readableBytes();
    taken = Math.max(0, sent);
    asked = false;
    waits = false;
    starved = false;
    timers = clock;
    add(payload, sent);
    operation.begin(call, descriptor, descriptor.socket.out(), send.timeoutMillis(), timers);
  }

  @Override
  public SavedOperation.Progress save() {
    return new SavedOperation.Sending(
        JoinedView.of(parts),
        total,
        taken,
        asked,
        starved,
        patience == null ? null : new Deadline(patience.atNanos(), PART_MILLIS));
  }

  /** Continues to wait as in another broker. Takes over the reference of the saved bytes. */
  void restore(Call of, Descriptor by, Request.Send send, SavedOperation saved, Timers clock) {
    SavedOperation.Sending sending = (SavedOperation.Sending) saved.progress();
    call = of;
    descriptor = by;
    to = send.to();
    urgent = send.oob();
    total = sending.total();
    taken = sending.taken();
    arrived = taken + sending.bytes().readableBytes();
    asked = sending.asked();
    starved = sending.starved();
    waits = true;
    timers = clock;
    if (sending.bytes().isReadable()) {
      parts.add(sending.bytes());
    } else {
      sending.bytes().release();
    }
    buffered = arrived - taken;
    call.session().account().force(Resource.BUFFERED_BYTES, buffered);
    operation.restore(call, descriptor, descriptor.socket.out(), saved, timers);
    if (sending.patience() != null) {
      patience = timers.at(sending.patience().atNanos(), this::onImpatient);
    }
  }

  /**
   * Adds the next part.
   *
   * @param payload bytes whose reference is taken over
   * @throws RefusedException if the part was not requested, or exceeds a limit
   */
  void more(ByteBuf payload, int sent) {
    int count = payload.readableBytes();
    if (!asked || count == 0 || count > PART_BYTES || arrived + count > total) {
      payload.release();
      throw new RefusedException(Errno.EINVAL, "a part of " + count + " bytes was not requested");
    }
    changed();
    asked = false;
    stopPatience();
    arrived += count;
    taken += Math.max(0, sent);
    add(sent < 0 ? fitted(payload) : payload, sent);
    keep();
  }

  /** Adds a part, of which a killed broker may have sent something. */
  private void add(ByteBuf part, int sent) {
    part.skipBytes(Math.clamp(sent, 0, part.readableBytes()));
    if (sent < 0 || part.isReadable()) {
      parts.add(part);
    } else {
      part.release();
    }
  }

  @Override
  public Progress proceed() {
    if (!hasBegun() && descriptor.socket.lanes().isClientSending()) {
      // The lane was attached while this operation waited for its session to read.
      finish(DataHandler.laneInTheWay());
      return Progress.DONE;
    }
    while (!parts.isEmpty()) {
      ByteBuf part = parts.peek();
      ledger.onBehalfOf(call.session().id(), call.requestId());
      int result = descriptor.socket.transport().send(part, to, urgent);
      if (result < 0 && result != -Errno.EAGAIN) {
        finish(RefusedException.ofTransfer(-result));
        return Progress.DONE;
      }
      taken += Math.max(result, 0);
      if (waits && result > 0) {
        changed();
      }
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

  /**
   * Starts the time limit for a sender that has stopped in the middle, because nobody else can send
   * before it ends (rule 26).
   */
  private void changed() {
    operation.changed();
  }

  private void starve() {
    changed();
    starved = true;
    if (patience == null) {
      patience = timers.after(PART_MILLIS, this::onImpatient);
    }
  }

  private void onImpatient() {
    operation.giveUp(
        RefusedException.timedOut(
            "its next part did not arrive within " + PART_MILLIS / 1000 + " s"));
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

  /** Waits for the kernel, which took less than requested (rule 37). */
  private Progress blocked() {
    OwnedSocket socket = descriptor.socket;
    socket.enable(NetworkEvent.WRITE);
    if (!socket.isStream() && socket.kernel().family() == Family.UNIX) {
      socket.retryLater();
    }
    if (waits) {
      // Updates the charge to the smaller rest.
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

  /** Charges the session for the bytes that are kept (rule 20). */
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

  /** Requests the next part early enough to keep the kernel busy. */
  private void ask() {
    if (!asked && arrived < total && arrived - taken < PART_BYTES / 2) {
      asked = true;
      changed();
      call.session()
          .proxyToFlush()
          .event(
              call.requestId(),
              new Event.SendReady(descriptor.id, (int) Math.min(PART_BYTES, total - arrived)));
    }
  }

  /**
   * Replies with the number of bytes taken if any, else with the error.
   *
   * @param why the error, null if everything was taken
   */
  private void finish(RefusedException why) {
    discard();
    descriptor.sent(PolicyLane.FRAMES, taken);
    if (why == null) {
      call.reply(ALL);
    } else if (taken > 0) {
      call.reply(new Reply.Sent(taken));
    } else {
      call.refuse(why);
    }
  }

  /**
   * Returns the payload, or a copy if it is only a small part of a larger input buffer, so that the
   * whole buffer is not kept.
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
   * Ends the send and re-enables WRITE. The send met EAGAIN or took fewer bytes than requested;
   * this includes a send that waited behind another one and never reached the kernel (rule 37).
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
