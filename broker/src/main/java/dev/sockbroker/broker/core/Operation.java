package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Deadline;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A receive, accept, send or connect on its way through the queue of its socket and direction
 * (rules 17, 24).
 */
final class Operation implements Waiting, Durable {
  private static final Logger LOG = LoggerFactory.getLogger(Operation.class);

  private final Attempt attempt;
  private Call call;
  private Descriptor descriptor;
  private OperationQueue queue;
  private Long timeoutMillis;
  private Timers.Timer timer;
  private long limitMillis;

  /** Whether the limit is its own, not the socket's. */
  private boolean ownTime;

  private boolean patient;

  /** Its line, used by {@link OperationQueue} and {@link Line}; null while it does not wait. */
  Line line;

  Operation previous;
  Operation next;
  long order;

  /** Null until it waits for the first time. */
  private Change change;

  /** Its number among all operations that have waited. */
  private long number;

  /**
   * @param attempt the work; {@link Attempt#over} is called last, after which both objects can be
   *     reused for another request
   */
  Operation(Attempt attempt) {
    this.attempt = attempt;
  }

  /**
   * @param millis the operation's own time limit as in {@link Request}, null to use the socket's
   *     mode
   */
  static void checkTime(Long millis) {
    if (millis != null && millis < Request.FOREVER) {
      throw new RefusedException(
          Errno.EINVAL, "a time is in milliseconds; 0 means no waiting, and -1 means no limit");
    }
  }

  Descriptor descriptor() {
    return descriptor;
  }

  Attempt attempt() {
    return attempt;
  }

  Session session() {
    return call.session();
  }

  /**
   * Tries immediately if nothing waits before it. Waits if necessary and allowed.
   *
   * @param inQueue a queue of the descriptor's socket
   * @param millis its own time limit, already checked
   */
  void begin(Call of, Descriptor by, OperationQueue inQueue, Long millis, Timers timers) {
    call = of;
    descriptor = by;
    queue = inQueue;
    timeoutMillis = millis;
    patient = ownMillis() != 0;
    Attempt.Progress progress = queue.isFree() ? attempt.proceed() : Attempt.Progress.BLOCKED;
    if (progress == Attempt.Progress.DONE) {
      over();
      return;
    }
    RefusedException why = refusal(progress);
    if (why != null) {
      attempt.refuse(why);
      over();
      return;
    }
    queue.add(this, attempt.hasBegun());
    startTimer(timers);
  }

  /** Returns why the operation may not wait, or null if it may. */
  private RefusedException refusal(Attempt.Progress progress) {
    if (!patient && progress == Attempt.Progress.BLOCKED) {
      return RefusedException.ofTransfer(queue.isWaitedOn() ? behind() : attempt.wouldBlock());
    }
    try {
      startWaiting();
      return null;
    } catch (RefusedException e) {
      return e;
    }
  }

  private void startWaiting() {
    session().startWaiting(call, this, 1);
    try {
      attempt.onWait();
    } catch (RefusedException e) {
      session().stopWaiting(call, 1);
      throw e;
    }
  }

  private long ownMillis() {
    return millis(descriptor, timeoutMillis);
  }

  private static long millis(Descriptor descriptor, Long ownMillis) {
    if (ownMillis != null) {
      return ownMillis;
    }
    return descriptor.socket.isBlocking() ? Request.FOREVER : 0;
  }

  /**
   * Whether an operation with that time limit may wait.
   *
   * @param millis its own time limit, already checked
   */
  static boolean mayWait(Descriptor descriptor, Long millis) {
    return millis(descriptor, millis) != 0;
  }

  private int behind() {
    int errno = attempt.wouldBlock();
    return errno == Errno.EALREADY ? errno : Errno.EAGAIN;
  }

  private void startTimer(Timers timers) {
    limitMillis = ownMillis();
    ownTime = limitMillis > 0;
    if (!ownTime && patient && timeoutMillis == null) {
      limitMillis = queue.timeoutMillis();
    }
    if (limitMillis > 0) {
      timer = timers.after(limitMillis, this::onTime);
    }
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.OPERATION;
  }

  @Override
  public long key() {
    return number;
  }

  @Override
  public Record toWrite(Saving saving) {
    return line == null ? null : save(saving);
  }

  /** Notes for the ledger that it has changed, if it waits. */
  void changed() {
    if (line != null) {
      change.note();
    }
  }

  /** Notes that it waits. This object may have been another operation before. */
  void onQueued(Changes changes) {
    change = change == null ? changes.of(this) : change;
    number = changes.nextOperation();
    change.note();
  }

  /** Notes that it no longer waits. This object may become another operation. */
  void onUnqueued(Changes changes) {
    changes.remove(Ledger.Kind.OPERATION, number);
  }

  SavedOperation save(Saving saving) {
    return new SavedOperation(
        call.save(),
        saving.idOf(descriptor),
        order,
        patient,
        timer == null ? null : new Deadline(timer.atNanos(), limitMillis),
        ownTime,
        attempt.save());
  }

  /** Continues to wait as in another broker. */
  void restore(
      Call of, Descriptor by, OperationQueue inQueue, SavedOperation saved, Timers timers) {
    call = of;
    descriptor = by;
    queue = inQueue;
    patient = saved.patient();
    ownTime = saved.ownTime();
    session().restoreWaiting(call, this, 1);
    queue.add(this, saved.order(), attempt.hasBegun());
    if (saved.deadline() != null) {
      limitMillis = saved.deadline().limitMillis();
      timer = timers.at(saved.deadline().atNanos(), this::onTime);
    }
  }

  /** Whether the operation may wait. */
  boolean isPatient() {
    return patient;
  }

  private void onTime() {
    patient = false;
    if (queue.isNext(this) && attempt.onTime() == Attempt.Progress.DONE) {
      OwnedSocket socket = descriptor.socket;
      leave();
      over();
      socket.serveWaitingLater();
    } else {
      giveUp(
          ownTime
              ? RefusedException.timedOut("its time of " + limitMillis + " ms has passed")
              : RefusedException.ofTransfer(attempt.wouldBlock()));
    }
  }

  /**
   * Tries again when its turn comes. Whatever fails ends only this operation: the caller is serving
   * a socket, perhaps on behalf of another session.
   */
  Attempt.Progress proceed() {
    Attempt.Progress progress;
    try {
      progress = attempt.proceed();
    } catch (RefusedException e) {
      refuse(e);
      return Attempt.Progress.DONE;
    } catch (RuntimeException e) {
      LOG.error("{} of {} failed", call.what(), session(), e);
      refuse(new RefusedException(Errno.EIO, "internal error of the broker; see its log"));
      return Attempt.Progress.DONE;
    }
    changed();
    if (progress == Attempt.Progress.DONE) {
      leave();
      over();
    } else if (progress == Attempt.Progress.BLOCKED && !patient) {
      refuse(RefusedException.ofTransfer(attempt.wouldBlock()));
      return Attempt.Progress.DONE;
    }
    return progress;
  }

  /** Ends the operation with an error. Those behind it get their turn. */
  void giveUp(RefusedException why) {
    OwnedSocket socket = descriptor.socket;
    refuse(why);
    socket.serveWaitingLater();
  }

  @Override
  public void refuse(RefusedException why) {
    leave();
    attempt.refuse(why);
    over();
  }

  /**
   * Ends the operation without a reply, unless it is already over. Those behind it get their turn.
   */
  void abandon() {
    if (call != null) {
      OwnedSocket socket = descriptor.socket;
      discard();
      socket.serveWaitingLater();
    }
  }

  /** Ends the operation together with its session. */
  void discard() {
    leave();
    attempt.discard();
    over();
  }

  private void over() {
    call = null;
    descriptor = null;
    queue = null;
    attempt.over();
  }

  private void leave() {
    queue.remove(this);
    session().stopWaiting(call, 1);
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
