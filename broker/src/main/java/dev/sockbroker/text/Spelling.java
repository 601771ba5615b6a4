package dev.sockbroker.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody probably meant. */
public final class Spelling {
  /** A longer text is no typing error, and its distance would take long. */
  private static final int TYPED_MAX = 64;

  private Spelling() {}

  /** Returns the most similar candidate, if one is similar. */
  public static Optional<String> closest(String typed, Collection<String> existing) {
    if (typed.length() > TYPED_MAX) {
      return Optional.empty();
    }
    return existing.stream()
        .filter(it -> distance(typed, it) <= Math.max(1, typed.length() / 3))
        .min(Comparator.comparingInt((String it) -> distance(typed, it)));
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
