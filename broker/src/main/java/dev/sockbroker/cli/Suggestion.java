package dev.sockbroker.cli;

import dev.sockbroker.text.Spelling;
import java.util.Collection;

/** Suggests a correction for a typing error. */
final class Suggestion {
  private Suggestion() {}

  /**
   * Returns {@code ; did you mean 'web'?} with the most similar candidate, or an empty text if none
   * is similar.
   */
  static String of(String typed, Collection<String> existing) {
    return Spelling.closest(typed, existing)
        .map(it -> "; did you mean " + quoted(it) + "?")
        .orElse("");
  }

  private static String quoted(String name) {
    String shown = Terminal.printable(Names.shown(name));
    return shown.startsWith("'") ? shown : "'" + shown + "'";
  }
}
