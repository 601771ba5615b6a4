package dev.sockbroker.broker;

import dev.sockbroker.broker.metrics.Histogram;
import dev.sockbroker.broker.recording.Events;
import java.util.concurrent.TimeUnit;

/**
 * How long the turns of the loop take: socket events and the tasks they cause, without the wait for
 * the next event. Loop thread only.
 */
final class LoopTimes {
  /** A longer turn delays other clients noticeably. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Histogram turns = new Histogram();
  private long busyNanos;

  void turn(long nanos) {
    busyNanos += nanos;
    turns.add(nanos);
    if (nanos > SLOW_NANOS) {
      Events.slowTurn(nanos);
    }
  }

  long busyNanos() {
    return busyNanos;
  }

  Histogram turns() {
    return turns;
  }
}
