package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import dev.sockbroker.protocol.Reply.NameInfo;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.text.ByteCount;
import dev.sockbroker.text.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The columns of {@code top}. */
enum NameColumn {
  NAME(20, false, NameColumn::name, it -> it.name().name()),
  KIND(3, false, NameColumn::kind, NameColumn::kind),
  LOCAL(2, false, it -> DescriptorTable.text(it.name().local()), it -> it.name().socket()),
  ACCEPTS(12, true, it -> rate(it.accepts()), NameRates.Row::accepts),
  IN(11, true, it -> bytes(it.bytesIn()), NameRates.Row::bytesIn),
  OUT(10, true, it -> bytes(it.bytesOut()), NameRates.Row::bytesOut),
  CONNECTIONS(6, true, it -> count(it.name().connections()), it -> it.name().connections()),
  QUEUE(9, true, NameColumn::queue, it -> it.name().queued()),
  WAITING(5, true, it -> count(it.name().waiting()), it -> it.name().waiting()),
  LANES(4, false, NameColumn::lanes, NameColumn::lanes),
  HOLDERS(8, true, it -> count(it.name().holders()), it -> it.name().holders());

  /** The name of the row for all unnamed sockets. */
  private static final String OTHERS = "(others)";

  private final Column column;
  private final Function<NameRates.Row, String> text;
  private final Function<NameRates.Row, Comparable<?>> key;

  NameColumn(
      int importance,
      boolean number,
      Function<NameRates.Row, String> text,
      Function<NameRates.Row, Comparable<?>> key) {
    Cut cut = number ? Cut.NEVER : Cut.KEEP_START;
    column = new Column(title(), importance, number, name().equals("LOCAL") ? Cut.KEEP_END : cut);
    this.text = text;
    this.key = key;
  }

  private String title() {
    return switch (name()) {
      case "ACCEPTS", "IN", "OUT" -> name() + "/S";
      case "CONNECTIONS" -> "CONNS";
      default -> name();
    };
  }

  static List<Column> columns() {
    return Arrays.stream(values()).map(it -> it.column).toList();
  }

  static String[] cells(NameRates.Row row) {
    return Arrays.stream(values()).map(it -> it.text.apply(row)).toArray(String[]::new);
  }

  /** Numbers sort in descending order, as in top(1). Rows without a value come last. */
  Comparator<NameRates.Row> order() {
    @SuppressWarnings("unchecked")
    Comparator<Comparable<?>> natural =
        (a, b) -> ((Comparable<Object>) a).compareTo(b); // values of one column have one type
    return Comparator.comparing(
        key, Comparator.nullsLast(column.number() ? natural.reversed() : natural));
  }

  private static String name(NameRates.Row row) {
    return row.name().name() == null ? OTHERS : row.name().name();
  }

  private static String kind(NameRates.Row row) {
    NameInfo it = row.name();
    return it.family() == null ? null : Kind.of(it.family(), it.type());
  }

  private static String rate(double perSecond) {
    return perSecond == 0 ? null : String.format(Locale.ROOT, "%,.0f", Math.ceil(perSecond));
  }

  private static String bytes(double perSecond) {
    return perSecond == 0 ? null : ByteCount.format(Math.round(perSecond));
  }

  private static String count(int number) {
    return number == 0 ? null : String.format(Locale.ROOT, "%,d", number);
  }

  /** Queue length and limit; ! marks a queue that nobody is serving. */
  private static String queue(NameRates.Row row) {
    NameInfo it = row.name();
    if (it.state() == SocketState.LISTENING) {
      return it.queued() + "/" + it.backlog() + (it.unattended() ? "!" : "");
    }
    return it.queued() == 0 ? null : ByteCount.format(it.queued());
  }

  private static String lanes(NameRates.Row row) {
    NameInfo it = row.name();
    StringBuilder text = new StringBuilder();
    append(text, "stream", it.streams());
    append(text, "ring", it.rings());
    append(text, "fd", it.exports());
    return text.isEmpty() ? null : text.toString();
  }

  private static void append(StringBuilder text, String lane, int number) {
    if (number > 0) {
      text.append(text.isEmpty() ? "" : " ").append(lane).append(' ').append(number);
    }
  }
}
