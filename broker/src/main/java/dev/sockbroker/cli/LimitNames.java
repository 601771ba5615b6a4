package dev.sockbroker.cli;

import dev.sockbroker.broker.core.Limits;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** Applies what {@code serve --limit} says. */
final class LimitNames {
  private LimitNames() {}

  /**
   * The defaults with some of them changed.
   *
   * @throws IllegalArgumentException for an unknown name, or no number, or one that is too small
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
