package dev.sockbroker.bench;

import java.io.IOException;

/**
 * Takes a measurement again if it was disturbed: if the host gave much of this machine's time to
 * others. Of a few attempts the one that lost least counts, so it is chosen by what the host did
 * and never by its figure.
 */
final class Quiet {
  /** The share of the time that may be stolen from what counts at once. */
  private static final double STOLEN_MAX = 0.02;

  private static final int ATTEMPTS = 3;

  private final Clock clock;
  private int repeated;
  private double most;

  /** What is measured. */
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

  /** What happened until now. */
  Disturbance disturbance() {
    return new Disturbance(repeated, most);
  }
}
