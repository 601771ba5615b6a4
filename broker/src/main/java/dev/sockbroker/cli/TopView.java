package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.BrokerInfo;
import dev.sockbroker.text.ByteCount;
import dev.sockbroker.text.Durations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code top} shows, and in which order. */
final class TopView {
  private NameColumn order;
  private String filter;

  /**
   * @param order null for the usual order
   * @param filter null for all names
   */
  TopView(NameColumn order, String filter) {
    this.order = order == null ? NameColumn.ACCEPTS : order;
    this.filter = filter == null ? "" : filter;
  }

  void order(NameColumn by) {
    order = by;
  }

  void filter(String text) {
    filter = text;
  }

  String filter() {
    return filter;
  }

  /**
   * @param width of a line, 0 for no limit
   * @param names how many names to show
   * @param colour whether the titles are bold
   */
  List<String> lines(NameRates rates, int width, int names, boolean colour) throws IOException {
    List<String> lines = new ArrayList<>();
    header(rates).forEach(it -> lines.add(cut(it, width)));
    lines.add("");
    lines.addAll(table(rates, width, names, colour));
    return lines;
  }

  private static String cut(String line, int width) {
    return width == 0 ? line : DisplayWidth.beginning(line, width);
  }

  private List<String> header(NameRates rates) {
    BrokerInfo info = rates.now().info();
    List<String> lines = new ArrayList<>();
    boolean all = rates.now().isOfEverything();
    lines.add(
        "sockbroker %s, pid %d, up %s%s"
            .formatted(
                info.version(),
                info.pid(),
                Durations.format(info.upMillis()),
                all ? format(", loop %.0f %% busy", rates.busy() * 100) : ""));
    lines.add(
        counted(info.sessions(), "session")
            + ", "
            + counted(info.sockets(), "socket")
            + ", "
            + counted(info.descriptors(), "descriptor")
            + ", "
            + counted(info.registrations(), "registration")
            + format(", %,d waiting", info.waitingOperations()));
    if (all) {
      lines.add(
          format(
              "per second: %,.0f requests, %,.0f refused, %,.0f accepts, %s in, %s out",
              rates.requests(),
              rates.refusals(),
              rates.accepts(),
              ByteCount.format(Math.round(rates.bytesIn())),
              ByteCount.format(Math.round(rates.bytesOut()))));
    }
    if (!filter.isEmpty()) {
      lines.add("names with '" + Terminal.printable(filter) + "'");
    }
    return lines;
  }

  private static String counted(int number, String what) {
    return format("%,d %s%s", number, what, number == 1 ? "" : "s");
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  private List<String> table(NameRates rates, int width, int names, boolean colour)
      throws IOException {
    List<String[]> rows =
        rates.names().stream()
            .filter(this::isShown)
            .sorted(order.order())
            .limit(names)
            .map(NameColumn::cells)
            .toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Terminal page = Terminal.of(bytes, new PrintStream(bytes), width, colour);
    new Table(NameColumn.columns(), width, true, colour).write(rows, page);
    page.out().flush();
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private boolean isShown(NameRates.Row row) {
    String name = row.name().name();
    return filter.isEmpty() || name != null && name.contains(filter);
  }
}
