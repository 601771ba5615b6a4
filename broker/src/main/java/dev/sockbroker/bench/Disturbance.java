package dev.sockbroker.bench;

/**
 * How the host of a virtual machine disturbed a run.
 *
 * @param repeated the number of measurements that were repeated because time was stolen
 * @param stolen the largest fraction of all CPUs' time, from 0 to 1, stolen from a counted
 *     measurement
 */
public record Disturbance(int repeated, double stolen) {
  /** A description for people. */
  public String text() {
    return "The host took away CPU time (steal): %d %s repeated for that, and those that"
            .formatted(repeated, repeated == 1 ? "measurement was" : "measurements were")
        + " count lost at most %s %%.".formatted(Figures.digits(100 * stolen));
  }
}
