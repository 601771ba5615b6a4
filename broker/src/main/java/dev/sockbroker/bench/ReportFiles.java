package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a report as files: tables in Markdown, and a picture of the lanes. */
public final class ReportFiles {
  /** The web servers' requests are drawn for this many connections. */
  private static final int DRAWN_CONNECTIONS = 64;

  private static final String CPU_TITLE =
      "CPU time of broker or proxy, and worker, for each GiB received (less is better)";

  private ReportFiles() {}

  /**
   * Writes {@code RESULTS.md} and {@code RESULTS.svg}.
   *
   * @param command the command of this run, so that readers can repeat it
   */
  public static void write(Report report, Path directory, String command) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("RESULTS.md"), markdown(report, command));
    Files.writeString(directory.resolve("RESULTS.svg"), BarChart.svg(panels(report)));
  }

  static String markdown(Report report, String command) {
    StringBuilder text = new StringBuilder("# What was measured\n\n");
    text.append("`").append(command).append("` wrote this page; no figure was entered by hand. ");
    text.append(
        """
        The figures are medians of %d rounds of %d ms, which took turns, with the minimum and the \
        maximum. %s SIZE is the size of a message. Times are in microseconds. CPU %% is the CPU \
        time of peer, broker or proxy, and worker. CPU s is the CPU time of broker or proxy, and \
        worker, for 1 GiB or for 100,000 operations. %s

        """
            .formatted(
                report.plan().rounds(),
                report.plan().millis(),
                report.pinned()
                    ? "Each process is pinned to a CPU; neighbours never share one."
                    : "Processes are not pinned to CPUs.",
                report.disturbance().text()));
    report.machine().forEach((name, value) -> text.append("- " + name + ": " + value + "\n"));
    text.append("\n![the lanes](RESULTS.svg)\n\n## Goals and ratios\n\n");
    table(text, Figures.COMPARED_TITLES, Figures.compared(report));
    text.append("\n").append(Figures.COMPARED_WORDS).append("\n");
    if (!report.scale().isEmpty()) {
      text.append("\n## Many descriptors\n\n");
      table(text, Figures.SCALE_TITLES, Figures.scale(report));
    }
    text.append("\n## All figures\n\n");
    table(text, Figures.TITLES, Figures.rows(report));
    return text.toString();
  }

  private static void table(StringBuilder text, List<String> titles, List<String[]> rows) {
    row(text, titles);
    row(text, titles.stream().map(title -> "---").toList());
    rows.forEach(cells -> row(text, List.of(cells)));
  }

  private static void row(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Returns one panel for each kind of work that several lanes did. */
  static List<BarChart.Panel> panels(Report report) {
    Map<Subject, List<BarChart.Bar>> byWork = new LinkedHashMap<>();
    for (Series series : report.series()) {
      Subject subject = series.subject();
      if (isDrawn(subject)) {
        byWork.computeIfAbsent(subject.in(""), it -> new ArrayList<>()).add(bar(series));
      }
    }
    List<BarChart.Panel> panels = new ArrayList<>();
    byWork.forEach((work, bars) -> panels.add(new BarChart.Panel(title(work), bars)));
    List<BarChart.Bar> cpu =
        report.series().stream()
            .filter(series -> series.subject().kind() == Case.THROUGHPUT)
            .filter(series -> series.subject().operation().equals("receive"))
            .filter(series -> series.cpuPerUnit() > 0)
            .map(ReportFiles::cpuBar)
            .toList();
    if (!cpu.isEmpty()) {
      panels.add(new BarChart.Panel(CPU_TITLE, cpu));
    }
    return panels;
  }

  private static boolean isDrawn(Subject subject) {
    return switch (subject.kind()) {
      case THROUGHPUT, PINGPONG -> true;
      case HTTP -> subject.connections() == DRAWN_CONNECTIONS;
      default -> false;
    };
  }

  private static BarChart.Bar cpuBar(Series series) {
    double[] seconds = series.each(Metric.CPU);
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] *= Figures.units(series.subject());
    }
    Spread value = Spread.of(seconds);
    return bar(series, value, Figures.digits(value.median()) + " s");
  }

  private static BarChart.Bar bar(Series series, Spread value, String text) {
    String lane = series.subject().lane();
    String kind =
        lane.equals(Lanes.NATIVE) ? "native" : Lanes.isBrokered(lane) ? "broker" : "proxy";
    return new BarChart.Bar(lane, kind, value, text);
  }

  private static BarChart.Bar bar(Series series) {
    Subject subject = series.subject();
    Spread value = subject.isRate() ? series.perSecond() : series.p50Micros();
    String text =
        subject.isRate()
            ? Figures.rate(subject, value.median()) + "/s"
            : Figures.digits(value.median()) + " µs";
    return bar(series, value, text);
  }

  private static String title(Subject subject) {
    String size = Figures.bytes(subject.size());
    String links =
        subject.connections() == 1 ? "one connection" : subject.connections() + " connections";
    String unit = subject.isRate() ? "more is better" : "p50, less is better";
    if (subject.kind() == Case.HTTP) {
      boolean close = subject.operation().equals(WebCase.CLOSE);
      return "HTTP requests, %s%s (%s)"
          .formatted(links, close ? " for one request each" : "", unit);
    }
    String what =
        subject.kind() == Case.PINGPONG
            ? "round trips"
                + (subject.pipeline() == 1 ? "" : ", " + subject.pipeline() + " at once")
            : "the worker " + (subject.operation().equals("send") ? "sends" : "receives");
    return "Messages of %s, %s, %s (%s)".formatted(size, what, links, unit);
  }
}
