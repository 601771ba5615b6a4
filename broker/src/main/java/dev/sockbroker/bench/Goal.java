package dev.sockbroker.bench;

/** A bound that a figure should reach. */
public record Goal(double bound, boolean atLeast) {
  static Goal atLeast(double bound) {
    return new Goal(bound, true);
  }

  static Goal atMost(double bound) {
    return new Goal(bound, false);
  }

  /** Whether a median reaches the goal. */
  public boolean isReached(double value) {
    return atLeast ? value >= bound : value <= bound;
  }
}
