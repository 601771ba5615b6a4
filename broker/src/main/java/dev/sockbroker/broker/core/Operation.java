package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;

/**
 * A receive, accept, send or connect on its way through the queue of its socket and direction
 * (rules 17, 24).
 */
final class Operation implements Waiting {
  private final Call call;
  private final Descriptor descriptor;
  private final OperationQueue queue;
  private final Long timeoutMillis;
  private final Attempt attempt;
  private Timers.Timer timer;
  private boolean patient = true;

  /**
   * @param timeoutMillis the operation's own time as {@link Request} has it, null for the socket's
   *     mode
   */
  Operation(
      Call call, Descriptor descriptor, OperationQueue queue, Long timeoutMillis, Attempt attempt) {
    if (timeoutMillis != null && timeoutMillis < Request.FOREVER) {
      throw new RefusedException(
          Errno.EINVAL, "a time is in milliseconds, 0 for not at all, or -1 for ever");
    }
    this.call = call;
    this.descriptor = descriptor;
    this.queue = queue;
    this.timeoutMillis = timeoutMillis;
    this.attempt = attempt;
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

  /** Tries at once if nothing waits before it, and waits if it may. */
  void begin(Timers timers) {
    Attempt.Progress progress = queue.isFree() ? attempt.proceed() : Attempt.Progress.BLOCKED;
    if (progress == Attempt.Progress.DONE) {
      return;
    }
    OwnedSocket socket = descriptor.socket;
    long own = timeoutMillis != null ? timeoutMillis : socket.isBlocking() ? Request.FOREVER : 0;
    patient = own != 0;
    if (!patient && progress == Attempt.Progress.BLOCKED) {
      attempt.refuse(Explanation.of(queue.isEmpty() ? attempt.wouldBlock() : behind()));
      return;
    }
    try {
      session().checkRoomForWaiting(call.requestId());
      attempt.onWait();
    } catch (RefusedException e) {
      attempt.refuse(e);
      return;
    }
    queue.add(this);
    session().waiting.put(call.requestId(), this);
    if (patient) {
      startTimer(timers, own);
    }
  }

  private int behind() {
    int errno = attempt.wouldBlock();
    return errno == Errno.EALREADY ? errno : Errno.EAGAIN;
  }

  private void startTimer(Timers timers, long own) {
    if (own > 0) {
      timer =
          timers.after(
              own,
              () -> giveUp(RefusedException.timedOut("its time of " + own + " ms has passed")));
    } else if (timeoutMillis == null) {
      long socketMillis = queue.timeoutMillis();
      if (socketMillis > 0) {
        timer = timers.after(socketMillis, () -> giveUp(Explanation.of(attempt.wouldBlock())));
      }
    }
  }

  /** Its turn has come, again. */
  Attempt.Progress proceed() {
    Attempt.Progress progress = attempt.proceed();
    if (progress == Attempt.Progress.DONE) {
      leave();
    } else if (progress == Attempt.Progress.BLOCKED && !patient) {
      refuse(Explanation.of(attempt.wouldBlock()));
      return Attempt.Progress.DONE;
    }
    return progress;
  }

  /** Ends it from outside; those behind it get their turn. */
  void giveUp(RefusedException why) {
    refuse(why);
    descriptor.socket.advance();
  }

  @Override
  public void refuse(RefusedException why) {
    leave();
    attempt.refuse(why);
  }

  /** Ends it without an answer; those behind it get their turn. */
  void abandon() {
    discard();
    descriptor.socket.advance();
  }

  /** Ends it with its session. */
  void discard() {
    leave();
    attempt.discard();
  }

  private void leave() {
    queue.remove(this);
    session().waiting.remove(call.requestId(), this);
    if (timer != null) {
      timer.cancel();
    }
  }
}
