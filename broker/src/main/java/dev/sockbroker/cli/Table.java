package dev.sockbroker.cli;

import java.io.IOException;
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
  record Column(String title, int importance, boolean number, Cut cut) {
    /** From here on a column is cut to its least width before another one is left out. */
    static final int ESSENTIAL = 20;
  }

  private static final String EMPTY = "-";

  private final List<Column> columns;
  private final int[] places;
  private final int width;
  private final boolean header;
  private final boolean colour;
  private int[] widths;

  /** Of all columns. */
  Table(List<Column> columns, int width, boolean header, boolean colour) {
    this(columns, IntStream.range(0, columns.size()).toArray(), width, header, colour);
  }

  /**
   * @param all the columns of the rows
   * @param places those of the columns that are shown, in their order
   * @param width of a line, 0 for any
   * @param header whether the titles are written
   * @param colour whether the titles are bold
   */
  Table(List<Column> all, int[] places, int width, boolean header, boolean colour) {
    this.columns = IntStream.of(places).mapToObj(all::get).toList();
    this.places = places;
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
    List<String[]> shown = rows.stream().map(this::shown).toList();
    if (widths == null) {
      widths = layout(shown);
      if (header) {
        String titles = row(columns.stream().map(Column::title).toArray(String[]::new));
        terminal.line(colour ? "\033[1m" + titles + "\033[0m" : titles);
      }
    }
    for (String[] cells : shown) {
      terminal.line(row(cells));
    }
  }

  private String[] shown(String[] cells) {
    String[] shown = new String[places.length];
    for (int i = 0; i < shown.length; i++) {
      shown[i] = cells[places[i]];
    }
    return shown;
  }

  /** Whether the column of that title is there and was not left out. */
  boolean isShown(String title) {
    return widths != null
        && IntStream.range(0, widths.length)
            .anyMatch(i -> widths[i] > 0 && columns.get(i).title().equals(title));
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
      line.repeat(' ', ColumnWidths.GAP);
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
    int whole = IntStream.of(natural).sum() + ColumnWidths.GAP * (natural.length - 1);
    boolean fits = width == 0 || whole <= width;
    return fits ? natural : new ColumnWidths(columns, natural, empty, width).fit();
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
