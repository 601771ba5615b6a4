package dev.sockbroker.bench;

import java.util.List;
import java.util.Locale;

/** Draws horizontal bars as SVG that is readable on a light or dark page. */
final class BarChart {
  private static final int WIDTH = 760;
  private static final int LABELS = 180;
  private static final int BARS = 440;
  private static final int BAR = 18;
  private static final int STEP = 26;
  private static final int TITLE = 44;

  private static final String STYLE =
      """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #1f2328; }
        .title { font-weight: 600; }
        .broker { fill: #0969da; }
        .native { fill: #57606a; }
        .proxy { fill: #afb8c1; }
        line { stroke: #1f2328; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; }
          .broker { fill: #4493f8; }
          .native { fill: #9198a1; }
          .proxy { fill: #59636e; }
          line { stroke: #e6edf3; }
        }
      </style>
      """;

  private BarChart() {}

  /**
   * @param kind broker, native or proxy
   * @param text the label after the bar
   */
  record Bar(String label, String kind, Spread value, String text) {}

  /** Bars with a common scale. */
  record Panel(String title, List<Bar> bars) {}

  static String svg(List<Panel> panels) {
    StringBuilder body = new StringBuilder();
    int y = 0;
    for (Panel panel : panels) {
      y = append(body, panel, y);
    }
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img">
    %3$s%4$s</svg>
    """
        .formatted(WIDTH, y + 10, STYLE, body);
  }

  /** Returns the top of the next panel. */
  private static int append(StringBuilder body, Panel panel, int top) {
    double most = panel.bars().stream().mapToDouble(bar -> bar.value().max()).max().orElse(1);
    line(
        body, "<text class=\"title\" x=\"0\" y=\"%d\">%s</text>", top + 28, escaped(panel.title()));
    int y = top + TITLE;
    for (Bar bar : panel.bars()) {
      append(body, bar, y, BARS / Math.max(most, Double.MIN_NORMAL));
      y += STEP;
    }
    return y;
  }

  /** The bar shows the median. The line on it shows the minimum and maximum of the rounds. */
  private static void append(StringBuilder body, Bar bar, int y, double scale) {
    int text = y + 14;
    line(
        body,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
        LABELS - 8,
        text,
        escaped(bar.label()));
    Spread value = bar.value();
    line(
        body,
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
        bar.kind(),
        LABELS,
        y,
        value.median() * scale,
        BAR);
    line(
        body,
        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%3$d\" y2=\"%3$d\"/>",
        LABELS + value.min() * scale,
        LABELS + value.max() * scale,
        y + BAR / 2);
    line(
        body,
        "<text x=\"%.1f\" y=\"%d\">%s</text>",
        LABELS + value.max() * scale + 8,
        text,
        escaped(bar.text()));
  }

  private static void line(StringBuilder body, String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
