package dev.sockbroker.bench;

/** What is to be reached. */
public record Goal(double bound, boolean atLeast) {
  static Goal atLeast(double bound) {
    return new Goal(bound, true);
  }

  static Goal atMost(double bound) {
    return new Goal(bound, false);
  }

  /** Whether it is, by a median. */
  public boolean isReached(double value) {
    return atLeast ? value >= bound : value <= bound;
  }
}
