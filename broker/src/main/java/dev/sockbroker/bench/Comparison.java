package dev.sockbroker.bench;

/**
 * A ratio of medians, or a single figure if there is nothing to compare it with.
 *
 * @param those the other lane, or null
 * @param metric what is compared, or null if the operation says so
 * @param goal or null
 */
public record Comparison(Subject these, String those, Metric metric, Spread value, Goal goal) {
  public boolean isReached() {
    return goal.isReached(value.median());
  }
}
