package dev.sockbroker.bench;

/**
 * A ratio of medians, or where there is nothing to compare with, a figure itself.
 *
 * @param those the other lane, or null
 * @param goal or null
 */
public record Comparison(Subject these, String those, Spread value, Goal goal) {
  public boolean isReached() {
    return goal.isReached(value.median());
  }
}
