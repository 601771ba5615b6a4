package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Identity;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Divides the loop's time among processes, and the time of a process among its sessions. A session
 * handles some requests and then waits until the others have had their turn. Each pass of the loop
 * has limited time for requests. The rest waits for the next pass, so that sockets, timers and new
 * requests are handled in between. All sessions of the loop share one instance.
 */
public final class Rotation {
  /** A session's turn ends after this many requests, or after this much time. */
  static final int TURN_REQUESTS = 256;

  static final long TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

  /** The time for all turns of one pass. */
  static final long PASS_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Executor loop;
  private final Executor nextPass;
  private final LongSupplier nanoTime;

  /** Idle sessions that have received requests. They are served first, for half of a pass. */
  private final TurnLine fresh = new TurnLine();

  /** Sessions whose last turn ended before all requests were handled. */
  private final TurnLine waiting = new TurnLine();

  private long spentNanos;
  private boolean scheduled;

  /** The requests that one session has sent. */
  interface Requests {
    /** The process that sent the requests. */
    Identity process();

    /** Handles one request. Returns false if there was none. */
    boolean handleNext();

    /**
     * @param more whether another turn follows
     */
    void onTurnEnd(boolean more);
  }

  /**
   * @param loop runs a task on the loop thread after the current task
   * @param nextPass runs a task on the loop thread after everything else in this pass
   */
  public Rotation(Executor loop, Executor nextPass) {
    this(loop, nextPass, System::nanoTime);
  }

  Rotation(Executor loop, Executor nextPass, LongSupplier nanoTime) {
    this.loop = loop;
    this.nextPass = nextPass;
    this.nanoTime = nanoTime;
  }

  /** Gives a session that has received requests a turn, now or later. */
  void onRequests(Requests session) {
    if (waiting.contains(session)) {
      return;
    }
    if (spentNanos < PASS_NANOS) {
      serve(session);
    } else if (fresh.add(session)) {
      session.onTurnEnd(true);
    }
    schedule();
  }

  private void serve(Requests session) {
    long begin = nanoTime.getAsLong();
    long spent = 0;
    int handled = 0;
    while (handled < TURN_REQUESTS && spent < TURN_NANOS && session.handleNext()) {
      handled++;
      spent = nanoTime.getAsLong() - begin;
    }
    boolean more = handled == TURN_REQUESTS || spent >= TURN_NANOS;
    if (more) {
      waiting.add(session);
    }
    session.onTurnEnd(more);
    // Includes the time spent on bytes that did not complete a request.
    spentNanos += nanoTime.getAsLong() - begin;
  }

  private void schedule() {
    if (!scheduled && (spentNanos >= PASS_NANOS || !fresh.isEmpty() || !waiting.isEmpty())) {
      scheduled = true;
      nextPass.execute(() -> loop.execute(this::onPass));
    }
  }

  private void onPass() {
    scheduled = false;
    spentNanos = 0;
    try {
      serve(fresh, PASS_NANOS / 2);
      serve(waiting, PASS_NANOS);
    } finally {
      schedule();
    }
  }

  /** Gives each session one turn until the pass has used the given time. */
  private void serve(TurnLine sessions, long untilNanos) {
    for (int turns = sessions.size(); turns > 0 && spentNanos < untilNanos; turns--) {
      serve(sessions.removeFirst());
    }
  }
}
