package dev.sockbroker.cli;

import dev.sockbroker.broker.core.Limits;
import java.util.Map;

/** Applies what {@code serve --limit} says. */
final class LimitNames {
  private LimitNames() {}

  /**
   * The defaults with some of them changed.
   *
   * @throws IllegalArgumentException for an unknown name, or a number that is too small
   */
  static Limits apply(Map<String, Integer> changes) {
    Limits limits = Limits.DEFAULT;
    for (Map.Entry<String, Integer> change : changes.entrySet()) {
      try {
        limits = limits.with(change.getKey(), change.getValue());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("--limit " + e.getMessage(), e);
      }
    }
    return limits;
  }
}
