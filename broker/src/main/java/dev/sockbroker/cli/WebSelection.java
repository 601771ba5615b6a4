package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.text.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The rows that a browser draws. There can be very many, so it is a limited number: first what
 * needs attention, then names and listeners, then the rest.
 */
final class WebSelection {
  static final int ROWS_MAX = 200;

  private final String filter;
  private final List<String> words;
  private final List<List<DescriptorInfo>> byImportance =
      List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  private int total;
  private int matching;

  /**
   * @param filter words that must all occur in a row; empty for all rows
   */
  WebSelection(String filter) {
    this.filter = filter;
    words = Stream.of(filter.toLowerCase(Locale.ROOT).split("\\s+")).toList();
  }

  String filter() {
    return filter;
  }

  void add(DescriptorInfo row, Processes processes) {
    total++;
    if (!matches(row, processes)) {
      return;
    }
    matching++;
    List<DescriptorInfo> equals = byImportance.get(importance(row));
    if (equals.size() < ROWS_MAX) {
      equals.add(row);
    }
  }

  /** The same for all rows of a socket, so that its holders stay together. */
  private static int importance(DescriptorInfo row) {
    if (row.unattended()) {
      return 0;
    }
    return row.name() != null || row.state() == SocketState.LISTENING ? 1 : 2;
  }

  private boolean matches(DescriptorInfo row, Processes processes) {
    if (filter.isEmpty()) {
      return true;
    }
    String text = text(row, processes).toLowerCase(Locale.ROOT);
    return words.stream().allMatch(text::contains);
  }

  /** The searchable text of a row, as shown on the page. */
  private static String text(DescriptorInfo row, Processes processes) {
    StringBuilder text = new StringBuilder();
    append(text, Ids.socket(row.socket()));
    append(text, row.name());
    append(text, Kind.of(row.family(), row.type()));
    append(text, row.state());
    append(text, row.local());
    append(text, row.peer());
    append(text, row.listener() == 0 ? null : Ids.socket(row.listener()));
    append(text, row.unattended() ? "unattended" : null);
    if (row.id() != 0) {
      append(text, Ids.descriptor(row.id()));
      append(text, row.pid());
      append(text, row.client());
      append(text, processes.command(row.pid()));
      append(text, processes.user(row.uid()));
    }
    return text.toString();
  }

  /** The words of a filter contain no line feed, so no word can match across two fields. */
  private static void append(StringBuilder text, Object field) {
    if (field != null) {
      text.append(field).append('\n');
    }
  }

  List<DescriptorInfo> rows() {
    return byImportance.stream().flatMap(List::stream).limit(ROWS_MAX).toList();
  }

  /** How many rows there are. */
  int total() {
    return total;
  }

  /** How many of them match the filter. */
  int matching() {
    return matching;
  }
}
