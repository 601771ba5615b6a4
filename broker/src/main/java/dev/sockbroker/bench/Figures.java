package dev.sockbroker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Formats the figures for people, as the rows of a table. */
public final class Figures {
  /**
   * The titles of {@link #rows}. Times are from all rounds. P50 is the median of the rounds'
   * medians. CPU s is for 1 GiB, or for 100,000 operations.
   */
  public static final List<String> TITLES =
      List.of(
          "CASE",
          "OPERATION",
          "LANE",
          "SIZE",
          "CONN",
          "PIPE",
          "PER SECOND",
          "LEAST",
          "MOST",
          "P50 µs",
          "P99",
          "P99.9",
          "MAX",
          "CPU %",
          "CPU s");

  /** The titles of {@link #compared}. */
  public static final List<String> COMPARED_TITLES =
      List.of(
          "CASE",
          "OPERATION",
          "SIZE",
          "CONN",
          "PIPE",
          "WHAT",
          "METRIC",
          "RATIO",
          "LEAST",
          "MOST",
          "GOAL",
          "OUTCOME");

  /** How to read {@link #compared}. */
  public static final String COMPARED_WORDS =
      "Higher is better for throughput and other rates. Lower is better for all else, idle"
          + " included.";

  /** The titles of {@link #scale}. */
  public static final List<String> SCALE_TITLES =
      List.of(
          "DESCRIPTORS",
          "SOCKETS",
          "SESSIONS",
          "HEAP",
          "B/SOCKET",
          "B/DESCRIPTOR",
          "LIST ms",
          "SET RATIO",
          "EVENT RATIO");

  private static final String UNITS = "KMG";

  private Figures() {}

  /** Returns a row for each series, with the columns of {@link #TITLES}. */
  public static List<String[]> rows(Report report) {
    return report.series().stream().map(Figures::row).toList();
  }

  private static String[] row(Series series) {
    Subject subject = series.subject();
    List<String> cells = new ArrayList<>();
    cells.addAll(List.of(subject.kind().text(), subject.operation(), subject.lane()));
    cells.addAll(shape(subject));
    Spread rate = series.perSecond();
    cells.add(rate(subject, rate.median()));
    cells.add(rate(subject, rate.min()));
    cells.add(rate(subject, rate.max()));
    if (series.hasTimes()) {
      cells.add(digits(series.p50Micros().median()));
      for (double percentile : new double[] {99, 99.9, 100}) {
        cells.add(digits(series.micros(percentile)));
      }
    } else {
      cells.addAll(List.of("", "", "", ""));
    }
    cells.add(cpu(series.cpu()));
    cells.add(subject.kind() == Case.IDLE ? "" : digits(series.cpuPerUnit() * units(subject)));
    return cells.toArray(String[]::new);
  }

  private static List<String> shape(Subject subject) {
    return List.of(
        subject.size() == 0 ? "" : count(subject.size()),
        subject.connections() == 0 ? "" : Integer.toString(subject.connections()),
        Integer.toString(subject.pipeline()));
  }

  /** Returns a row for each comparison, with the columns of {@link #COMPARED_TITLES}. */
  public static List<String[]> compared(Report report) {
    return report.comparisons().stream().map(Figures::row).toList();
  }

  private static String[] row(Comparison comparison) {
    Subject subject = comparison.these();
    Goal goal = comparison.goal();
    Spread value = comparison.value();
    List<String> cells = new ArrayList<>(List.of(subject.kind().text(), subject.operation()));
    cells.addAll(shape(subject));
    cells.add(
        comparison.those() == null ? subject.lane() : subject.lane() + " / " + comparison.those());
    cells.add(comparison.metric() == null ? "" : comparison.metric().text());
    cells.add(compared(comparison, value.median()));
    cells.add(compared(comparison, value.min()));
    cells.add(compared(comparison, value.max()));
    cells.add(goal == null ? "" : words(goal));
    cells.add(goal == null ? "" : comparison.isReached() ? "reached" : "not reached");
    return cells.toArray(String[]::new);
  }

  /** A single rate has a unit, because the column has ratios. */
  private static String compared(Comparison comparison, double value) {
    Subject subject = comparison.these();
    boolean isRate = comparison.those() == null && subject.isRate();
    return isRate ? rate(subject, value) + "/s" : digits(value);
  }

  private static String words(Goal goal) {
    return (goal.atLeast() ? "≥ " : "≤ ") + digits(goal.bound());
  }

  /** Returns a row for each point, with the columns of {@link #SCALE_TITLES}. */
  public static List<String[]> scale(Report report) {
    return report.scale().stream()
        .map(
            point ->
                new String[] {
                  Integer.toString(point.descriptors()),
                  Integer.toString(point.sockets()),
                  Integer.toString(point.sessions()),
                  count(point.heapBytes()),
                  digits(point.bytesPerSocket()),
                  digits(point.bytesPerDescriptor()),
                  digits(point.listMillis().median()),
                  digits(point.set().median()),
                  digits(point.event().median())
                })
        .toList();
  }

  /** Includes the unit, so that a column can mix units. */
  static String rate(Subject subject, double perSecond) {
    return switch (subject.kind()) {
      case THROUGHPUT -> bytes(perSecond);
      case IDLE -> String.format(Locale.ROOT, "%.3f CPU", perSecond);
      default -> Long.toString(Math.round(perSecond));
    };
  }

  /** For instance {@code 64 B} or {@code 256 KiB}. */
  static String bytes(double bytes) {
    String count = count(bytes);
    int last = count.length() - 1;
    return bytes < 1024
        ? count + " B"
        : count.substring(0, last) + " " + count.substring(last) + "iB";
  }

  /** How much work CPU seconds are given for: 1 GiB, or 100,000 operations. */
  static long units(Subject subject) {
    return subject.kind() == Case.THROUGHPUT ? 1 << 30 : 100_000;
  }

  private static String cpu(Cpu cpu) {
    return percent(cpu.peer()) + "/" + percent(cpu.between()) + "/" + percent(cpu.worker());
  }

  private static String percent(double share) {
    return Long.toString(Math.round(share * 100));
  }

  /** Rounds to three digits, or to an integer if that has more. */
  static String digits(double value) {
    int places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }

  /** In powers of 1024, for instance {@code 256K}. */
  static String count(double bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length()) {
      value /= 1024;
      unit++;
    }
    String number = value == Math.rint(value) ? Long.toString((long) value) : digits(value);
    return unit == 0 ? number : number + UNITS.charAt(unit - 1);
  }
}
