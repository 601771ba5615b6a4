package dev.sockbroker.cli;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A table with a header. It fits a terminal's width, so that no line wraps: it leaves out the least
 * important columns and cuts long texts. Without a width limit it writes everything.
 *
 * <p>Rows come in pages, so that a long list needs little memory. The first page determines the
 * columns and their widths. A wider cell in a later page shifts the rest of its line.
 */
final class Table {
  /** Which part of a cell remains when it is cut. */
  enum Cut {
    NEVER,
    /** For names. */
    KEEP_START,
    /** For addresses and paths: the port or the last part says most. */
    KEEP_END
  }

  /**
   * @param importance the least important columns are left out first
   * @param number whether to align to the right
   */
  record Column(String title, int importance, boolean number, Cut cut) {
    /**
     * A column of this importance is left out only after all columns were cut to their minimum
     * widths.
     */
    static final int ESSENTIAL = 20;
  }

  private static final String EMPTY = "-";

  private final List<Column> columns;
  private final int[] places;
  private final int width;
  private final boolean header;
  private final boolean colour;
  private int[] widths;

  /** A table that shows all columns. */
  Table(List<Column> columns, int width, boolean header, boolean colour) {
    this(columns, IntStream.range(0, columns.size()).toArray(), width, header, colour);
  }

  /**
   * @param all the columns of the rows
   * @param places the indexes of the columns to show, in order
   * @param width of a line, 0 for no limit
   * @param header whether to write the titles
   * @param colour whether to write the titles in bold
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

  /** Whether a column with that title exists and was not left out. */
  boolean isShown(String title) {
    return widths != null
        && IntStream.range(0, widths.length)
            .anyMatch(i -> widths[i] > 0 && columns.get(i).title().equals(title));
  }

  /** How many columns did not fit. */
  int leftOut() {
    return widths == null ? 0 : (int) IntStream.of(widths).filter(w -> w == 0).count();
  }

  /** Reports the columns that did not fit. */
  void end(Terminal terminal) {
    if (leftOut() > 0) {
      terminal.say(
          "%d of %d columns %s not fit; --wide or --json shows all"
              .formatted(leftOut(), columns.size(), leftOut() == 1 ? "does" : "do"));
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

  /** The width of each column. 0 means that the column is left out. */
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
