package dev.sockbroker.bench;

import java.io.IOException;

/**
 * Repeats a measurement if the host gave much of this machine's time to others. Of several
 * attempts, the one that lost the least time counts. So the host's behaviour decides, and never the
 * result.
 */
final class Quiet {
  /** The largest fraction of stolen time with which the first attempt counts. */
  private static final double STOLEN_MAX = 0.02;

  private static final int ATTEMPTS = 3;

  private final Clock clock;
  private int repeated;
  private double most;

  /** The code to measure. */
  interface Measurement<T> {
    T take() throws IOException;
  }

  /** {@link CpuTime#now}. */
  interface Clock {
    CpuTime now() throws IOException;
  }

  Quiet(Clock clock) {
    this.clock = clock;
  }

  <T> T take(Measurement<T> measurement) throws IOException {
    T best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < ATTEMPTS && least > STOLEN_MAX; i++) {
      repeated += i == 0 ? 0 : 1;
      CpuTime begin = clock.now();
      T taken = measurement.take();
      double stolen = clock.now().stolenSince(begin);
      if (stolen < least) {
        least = stolen;
        best = taken;
      }
    }
    most = Math.max(most, least);
    return best;
  }

  /** The disturbance so far. */
  Disturbance disturbance() {
    return new Disturbance(repeated, most);
  }
}
