package dev.sockbroker.cli;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows under a header, fitted to a terminal's width so that no line wraps: the least important
 * columns are left out, long texts are cut. Where the width is not bounded, all is written whole.
 *
 * <p>Rows come a page at a time; the first page decides which columns there are and how wide, so
 * that a long list needs no memory. A later, wider cell moves the rest of its line.
 */
final class Table {
  /** What of a cell stays when it is cut. */
  enum Cut {
    NEVER,
    /** Of a name. */
    KEEP_START,
    /** Of an address or path: its port or last part says most. */
    KEEP_END
  }

  /**
   * @param importance the least are left out first
   * @param number aligned to the right
   */
  record Column(String title, int importance, boolean number, Cut cut) {}

  private static final int GAP = 2;
  private static final int CUT_WIDTH = 18;

  /** Less than this says nothing. */
  private static final int CUT_WIDTH_MIN = 10;

  private static final String EMPTY = "-";

  private final List<Column> columns;
  private final int width;
  private final boolean header;
  private final boolean colour;
  private int[] widths;

  /**
   * @param width of a line, 0 for any
   * @param header whether the titles are written
   * @param colour whether the titles are bold
   */
  Table(List<Column> columns, int width, boolean header, boolean colour) {
    this.columns = columns;
    this.width = width;
    this.header = header;
    this.colour = colour;
  }

  /**
   * Writes rows.
   *
   * @param rows a cell for each column, null for an empty one
   */
  void write(List<String[]> rows, Terminal terminal) throws IOException {
    if (widths == null) {
      widths = layout(rows);
      if (header) {
        String titles = row(columns.stream().map(Column::title).toArray(String[]::new));
        terminal.line(colour ? "\033[1m" + titles + "\033[0m" : titles);
      }
    }
    for (String[] cells : rows) {
      terminal.line(row(cells));
    }
  }

  /** How many columns did not fit. */
  int leftOut() {
    return widths == null ? 0 : (int) IntStream.of(widths).filter(w -> w == 0).count();
  }

  /** Tells what did not fit. */
  void end(Terminal terminal) {
    if (leftOut() > 0) {
      terminal.say(
          "%d of %d columns do not fit; --wide or --json shows all"
              .formatted(leftOut(), columns.size()));
    }
  }

  private String row(String[] cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      if (widths[i] > 0) {
        append(line, columns.get(i), text(cells[i]), widths[i]);
      }
    }
    String text = line.toString().stripTrailing();
    return width > 0 ? cut(text, width, Cut.KEEP_START) : text;
  }

  private void append(StringBuilder line, Column column, String text, int columnWidth) {
    if (!line.isEmpty()) {
      line.repeat(' ', GAP);
    }
    String cell = width > 0 ? cut(text, columnWidth, column.cut()) : text;
    int padding = Math.max(0, columnWidth - DisplayWidth.of(cell));
    if (column.number()) {
      line.repeat(' ', padding).append(cell);
    } else {
      line.append(cell).repeat(' ', padding);
    }
  }

  /** The width of each column, 0 for one that is left out. */
  private int[] layout(List<String[]> rows) {
    int[] natural = new int[columns.size()];
    boolean[] empty = new boolean[columns.size()];
    for (int i = 0; i < natural.length; i++) {
      int column = i;
      int widest =
          rows.stream().mapToInt(cells -> DisplayWidth.of(text(cells[column]))).max().orElse(0);
      natural[i] = Math.max(header ? columns.get(i).title().length() : 1, widest);
      empty[i] = rows.stream().allMatch(cells -> cells[column] == null);
    }
    int whole = IntStream.of(natural).sum() + GAP * (natural.length - 1);
    return width == 0 || whole <= width ? natural : fit(natural, empty);
  }

  private int[] fit(int[] natural, boolean[] empty) {
    int[] fitted = new int[natural.length];
    int[] order =
        IntStream.range(0, natural.length)
            .boxed()
            .sorted(
                Comparator.comparing((Integer i) -> empty[i])
                    .thenComparing(i -> -columns.get(i).importance()))
            .mapToInt(Integer::intValue)
            .toArray();
    int room = width + GAP;
    for (int i : order) {
      int wanted = wanted(columns.get(i), natural[i], room - GAP);
      if (wanted + GAP <= room) {
        fitted[i] = wanted;
        room -= wanted + GAP;
      }
    }
    for (int i : order) {
      if (fitted[i] > 0) {
        int more = Math.min(natural[i] - fitted[i], room);
        fitted[i] += more;
        room -= more;
      }
    }
    return fitted;
  }

  /** A column that can be cut takes what room there is, if its title fits into that. */
  private static int wanted(Column column, int natural, int room) {
    if (column.cut() == Cut.NEVER) {
      return natural;
    }
    int enough = Math.min(natural, CUT_WIDTH);
    int least = Math.min(enough, Math.max(column.title().length(), CUT_WIDTH_MIN));
    return Math.clamp(room, least, enough);
  }

  private static String text(String cell) {
    return cell == null || cell.isEmpty() ? EMPTY : Terminal.printable(cell);
  }

  private static String cut(String text, int length, Cut cut) {
    if (cut == Cut.NEVER || DisplayWidth.of(text) <= length) {
      return text;
    }
    return cut == Cut.KEEP_START
        ? DisplayWidth.beginning(text, length - 1) + "…"
        : "…" + DisplayWidth.end(text, length - 1);
  }
}
