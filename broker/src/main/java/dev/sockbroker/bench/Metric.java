package dev.sockbroker.bench;

import java.util.function.ToDoubleFunction;

/** What a comparison compares, for each round. */
public enum Metric {
  /** Bytes or operations per second. */
  RATE("rate", Round::perSecond),
  /** The median time. */
  P50("p50", round -> round.micros(50)),
  /** The time that one of a hundred exceeds. */
  P99("p99", round -> round.micros(99)),
  /** The CPU time of broker or proxy, and worker, for the same work. */
  CPU("CPU", Round::cpuPerUnit);

  private final String text;
  private final ToDoubleFunction<Round> value;

  Metric(String text, ToDoubleFunction<Round> value) {
    this.text = text;
    this.value = value;
  }

  /** The name in reports. */
  public String text() {
    return text;
  }

  double of(Round round) {
    return value.applyAsDouble(round);
  }
}
