package dev.sockbroker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportFilesTest {
  private static final Plan PLAN =
      new Plan(
          EnumSet.allOf(Case.class),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          3,
          10,
          10,
          null,
          null,
          true);

  @Test
  void shouldDrawABarForEachLaneInAPanelForEachKindOfWork() throws Exception {
    Report report =
        report(
            rates("native", 4L << 30, 2L << 30),
            rates("framed", 1L << 30, 1L << 30),
            pings("native", 20_000),
            pings("haproxy-tcp", 40_000),
            web("native", 64, 90_000),
            web("factory", 64, 30_000),
            web("factory", 16, 20_000));

    Document svg = parse(BarChart.svg(ReportFiles.panels(report)));

    NodeList bars = svg.getElementsByTagName("rect");
    assertThat(bars.getLength()).isEqualTo(8);
    assertThat(width(bars, 0)).isEqualTo(width(bars, 1) * 3, within(1));
    assertThat(width(bars, 3)).isEqualTo(width(bars, 2) * 2, within(1));
    assertThat(width(bars, 4)).isEqualTo(width(bars, 5) * 3, within(1));
    assertThat(width(bars, 7)).as("CPU").isEqualTo(width(bars, 6) * 8 / 3, within(1));
    assertThat(svg.getDocumentElement().getTextContent())
        .contains(
            "Messages of 256 KiB, the worker receives, one connection (more is better)",
            "Messages of 64 B, round trips, one connection (p50, less is better)",
            "HTTP requests, 64 connections (more is better)",
            "CPU time of broker or proxy, and worker, for each GiB received (less is better)",
            "0.50 s",
            "3 GiB/s",
            "40.0 µs",
            "prefers-color-scheme: dark");
  }

  @Test
  void shouldWriteTablesThatSayWhatTheyWereTakenOn() {
    String text =
        ReportFiles.markdown(
            report(rates("native", 4, 2), rates("framed", 1, 1)), "sockbroker bench --pin");

    assertThat(text)
        .contains("`sockbroker bench --pin`", "- kernel: Linux 6", "3 rounds of 10 ms", "pinned to")
        .contains(
            "3 measurements were repeated for that, and those that count lost at most 1.51 %.")
        .contains(
            "| throughput | receive | 256K | 1 | 1 | framed / native | rate | 0.33 | 0.25 | 0.50"
                + " |");
    assertThat(text.lines().filter(line -> line.startsWith("| throughput")))
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).endsWith(" |"));
  }

  @Test
  void shouldTellRatesFromRatios() {
    Series pipelined = new Series(new Subject(Case.CONTROL, "pipelined", "broker", 0, 0, 32));
    pipelined.add(new Round(110_386, null, new Cpu(0, 0, 0)));

    assertThat(ReportFiles.markdown(report(pipelined), "sockbroker bench"))
        .contains("| broker | rate | 110386/s | 110386/s | 110386/s | ≥ 150000 | not reached |")
        .contains("Higher is better for throughput");
  }

  @Test
  void shouldCountOneRepetition() {
    assertThat(new Disturbance(1, 0.01).text()).contains(" 1 measurement was repeated ");
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }

  private static double width(NodeList bars, int index) {
    return Double.parseDouble(((Element) bars.item(index)).getAttribute("width"));
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static Report report(Series... series) {
    List<Series> all = List.of(series);
    return new Report(
        PLAN,
        Map.of("kernel", "Linux 6"),
        true,
        new Disturbance(3, 0.0151),
        all,
        Goals.compare(all),
        List.of());
  }

  private static Series rates(String lane, double... perSecond) {
    Series series = new Series(new Subject(Case.THROUGHPUT, "receive", lane, 256 << 10, 1, 1));
    for (double value : perSecond) {
      series.add(new Round(value, null, new Cpu(0.5, 0.25, 0.25)));
    }
    return series;
  }

  private static Series web(String lane, int connections, double perSecond) {
    Series series = new Series(new Subject(Case.HTTP, "keep-alive", lane, 0, connections, 1));
    series.add(new Round(perSecond, Latency.histogram(), new Cpu(0, 0.5, 0.5)));
    return series;
  }

  private static Series pings(String lane, long nanos) {
    Series series = new Series(new Subject(Case.PINGPONG, "answer", lane, 64, 1, 1));
    Histogram histogram = Latency.histogram();
    histogram.recordValue(nanos);
    series.add(new Round(1, histogram, new Cpu(0, 0, 0)));
    return series;
  }
}
