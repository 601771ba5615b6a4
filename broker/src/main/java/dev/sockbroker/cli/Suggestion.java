package dev.sockbroker.cli;

import java.util.Collection;
import java.util.Comparator;

/** Suggests a correction for a typing error. */
final class Suggestion {
  private Suggestion() {}

  /**
   * Returns {@code ; did you mean 'web'?} with the most similar candidate, or an empty text if none
   * is similar.
   */
  static String of(String typed, Collection<String> existing) {
    return existing.stream()
        .filter(it -> distance(typed, it) <= Math.max(1, typed.length() / 3))
        .min(Comparator.comparingInt((String it) -> distance(typed, it)))
        .map(it -> "; did you mean " + quoted(it) + "?")
        .orElse("");
  }

  private static String quoted(String name) {
    String shown = Terminal.printable(Names.shown(name));
    return shown.startsWith("'") ? shown : "'" + shown + "'";
  }

  /**
   * The number of insertions, deletions, replacements and swaps of neighbours that turn one text
   * into the other.
   */
  static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        steps[i][j] = i == 0 || j == 0 ? i + j : step(steps, a, b, i, j);
      }
    }
    return steps[a.length()][b.length()];
  }

  private static int step(int[][] steps, String a, String b, int i, int j) {
    int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
    int least = Math.min(steps[i - 1][j], steps[i][j - 1]) + 1;
    least = Math.min(least, steps[i - 1][j - 1] + replaced);
    boolean exchanged =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return exchanged ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
  }
}
