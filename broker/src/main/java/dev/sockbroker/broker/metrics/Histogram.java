package dev.sockbroker.broker.metrics;

import java.util.concurrent.TimeUnit;

/** Counts durations by size. One thread only. */
public final class Histogram {
  /** Upper bounds in microseconds. One more bucket holds everything longer. */
  private static final long[] BOUNDS_MICROS = {
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000
  };

  private final long[] counts = new long[BOUNDS_MICROS.length + 1];
  private long sumNanos;

  /** A linear search, because most durations fall into the first buckets. */
  public void add(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_MICROS.length
        && nanos > TimeUnit.MICROSECONDS.toNanos(BOUNDS_MICROS[bucket])) {
      bucket++;
    }
    counts[bucket]++;
    sumNanos += nanos;
  }

  /** A copy for another thread. */
  public Histogram copy() {
    Histogram copy = new Histogram();
    System.arraycopy(counts, 0, copy.counts, 0, counts.length);
    copy.sumNanos = sumNanos;
    return copy;
  }

  /** The upper bounds in seconds, the last one infinite. */
  double[] bounds() {
    double[] seconds = new double[counts.length];
    for (int i = 0; i < BOUNDS_MICROS.length; i++) {
      seconds[i] = BOUNDS_MICROS[i] / 1e6;
    }
    seconds[BOUNDS_MICROS.length] = Double.POSITIVE_INFINITY;
    return seconds;
  }

  /** The number of durations in each bucket, not cumulative. */
  long[] counts() {
    return counts.clone();
  }

  double sumSeconds() {
    return sumNanos / 1e9;
  }
}
