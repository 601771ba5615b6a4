package dev.sockbroker.broker;

import dev.sockbroker.broker.metrics.Histogram;
import dev.sockbroker.broker.recording.SlowTurnEvent;
import java.util.concurrent.TimeUnit;

/**
 * How long the passes of the loop take: handling what the sockets report, and the tasks behind it,
 * without the wait for the next report. Loop thread only.
 */
final class LoopTimes {
  /** Above this a pass delays other clients so that they may notice. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Histogram passes = new Histogram();
  private long busyNanos;

  void pass(long nanos) {
    busyNanos += nanos;
    passes.add(nanos);
    if (nanos > SLOW_NANOS) {
      SlowTurnEvent.happened(nanos);
    }
  }

  long busyNanos() {
    return busyNanos;
  }

  Histogram passes() {
    return passes;
  }
}
