package dev.sockbroker.cli;

import dev.sockbroker.broker.core.Limits;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** Applies the values of {@code serve --limit}. */
final class LimitNames {
  private LimitNames() {}

  /**
   * Returns the default limits with these changes.
   *
   * @throws IllegalArgumentException if a name is unknown, or a value is not a number or too small
   */
  static Limits apply(Map<String, String> changes) {
    Limits limits = Limits.DEFAULT;
    for (Map.Entry<String, String> change : changes.entrySet()) {
      limits = apply(limits, change.getKey(), change.getValue());
    }
    return limits;
  }

  private static Limits apply(Limits limits, String name, String value) {
    try {
      return limits.with(name, number(name, value));
    } catch (IllegalArgumentException | TypeConversionException e) {
      String suggestion = Limits.names().contains(name) ? "" : Suggestion.of(name, Limits.names());
      throw new IllegalArgumentException("--limit " + e.getMessage() + suggestion, e);
    }
  }

  private static int number(String name, String value) {
    return name.endsWith("-bytes") ? ByteCount.parse(value) : new WholeNumber().convert(value);
  }
}
