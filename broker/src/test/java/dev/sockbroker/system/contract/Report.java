package dev.sockbroker.system.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.opentest4j.TestAbortedException;

/** The results, for the table at the end of the suite. */
final class Report {
  private static final int SEEN_MAX = 160;

  private record Row(String rules, List<String> seen, int[] runs) {}

  private final Map<String, Row> rows = new TreeMap<>();
  private final Map<String, Map<String, List<String>>> options = new TreeMap<>();

  /**
   * @param failure null if it passed
   */
  synchronized void add(Scenario scenario, Setting setting, Throwable failure) {
    Row row = row(scenario.id(), scenario.rules());
    row.runs()[0]++;
    if (failure != null) {
      String notRun = failure instanceof TestAbortedException ? "NOT RUN: " : "";
      row.seen().add(setting + ": " + notRun + firstLines(failure));
    }
  }

  /** The result of an option on a kind of socket. */
  synchronized void option(String name, String socket, String outcome) {
    options
        .computeIfAbsent(name, it -> new TreeMap<>())
        .computeIfAbsent(outcome, it -> new ArrayList<>())
        .add(socket);
  }

  private Row row(String id, int[] rules) {
    return rows.computeIfAbsent(
        id,
        it ->
            new Row(
                Arrays.stream(rules).mapToObj(Integer::toString).collect(Collectors.joining(" ")),
                new ArrayList<>(),
                new int[1]));
  }

  private static String firstLines(Throwable failure) {
    String words = String.valueOf(failure.getMessage()).strip().replaceAll("\\s+", " ");
    return words.length() <= SEEN_MAX ? words : words.substring(0, SEEN_MAX) + "...";
  }

  @Override
  public synchronized String toString() {
    StringBuilder table =
        new StringBuilder(
            "%-8s %-16s %s%n".formatted("scenario", "rules", "passed, or what was seen"));
    rows.forEach(
        (id, row) -> {
          String passed = "passed (" + row.runs()[0] + (row.runs()[0] == 1 ? " run)" : " runs)");
          String words =
              row.seen().isEmpty() ? passed : String.join("\n" + " ".repeat(26), row.seen());
          table.append("%-8s %-16s %s%n".formatted(id, row.rules(), words));
        });
    options.forEach(
        (name, outcomes) ->
            outcomes.forEach(
                (outcome, sockets) ->
                    table.append(
                        "%-25s %s (%s)%n".formatted(name, outcome, String.join(", ", sockets)))));
    long bad = rows.values().stream().filter(row -> !row.seen().isEmpty()).count();
    return table.append("%d scenarios, %d not passed%n".formatted(rows.size(), bad)).toString();
  }
}
