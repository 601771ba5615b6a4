package dev.sockbroker.system.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reports by recipient, as the contract writes them: {@code A: replaced by B; B: READ, CLOSE(0)}.
 */
final class Seen {
  private final Map<String, List<String>> reports = new TreeMap<>();

  /**
   * @param subject the recipient of a part without a name
   */
  static Seen parse(String words, String subject) {
    Seen seen = new Seen();
    for (String part : words.isEmpty() ? new String[0] : words.split("; ")) {
      int colon = part.indexOf(": ");
      String label = colon < 0 ? subject : part.substring(0, colon);
      for (String event : part.substring(colon < 0 ? 0 : colon + 2).split(", ")) {
        seen.add(label, event);
      }
    }
    return seen;
  }

  void add(String label, String report) {
    reports.computeIfAbsent(label, it -> new ArrayList<>()).add(report);
  }

  /** Whether it contains at least everything in the other one. */
  boolean covers(Seen other) {
    return other.reports.entrySet().stream()
        .allMatch(
            entry ->
                reports.getOrDefault(entry.getKey(), List.of()).size() >= entry.getValue().size());
  }

  void clear() {
    reports.clear();
  }

  @Override
  public String toString() {
    return reports.entrySet().stream()
        .map(entry -> entry.getKey() + ": " + String.join(", ", entry.getValue()))
        .collect(Collectors.joining("; "));
  }
}
