package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Distributes the width of a line among the columns of a table that is wider than the line. */
final class ColumnWidths {
  /** Spaces between two columns. */
  static final int GAP = 2;

  /** The width of a column that can be cut, while other columns still need space. */
  private static final int ENOUGH = 18;

  /** A narrower column would be useless. */
  private static final int LEAST = 10;

  private final List<Column> columns;
  private final int[] natural;
  private final boolean[] empty;
  private final int[] fitted;
  private int room;

  /**
   * @param natural the full width of each column
   * @param empty whether no row has a value for the column
   */
  ColumnWidths(List<Column> columns, int[] natural, boolean[] empty, int width) {
    this.columns = columns;
    this.natural = natural;
    this.empty = empty;
    fitted = new int[natural.length];
    room = width + GAP;
  }

  /** The width of each column. 0 means that the column is left out. */
  int[] fit() {
    int[] order = byImportance();
    int[] essential = IntStream.of(order).filter(this::isEssential).toArray();
    for (int i : essential) {
      place(i, least(i));
    }
    for (int i : essential) {
      widen(i, enough(i));
    }
    for (int i : order) {
      place(i, Math.clamp(room - GAP, least(i), enough(i)));
    }
    for (int i : order) {
      widen(i, natural[i]);
    }
    return fitted;
  }

  private int[] byImportance() {
    return IntStream.range(0, natural.length)
        .boxed()
        .sorted(
            Comparator.comparing((Integer i) -> empty[i])
                .thenComparing(i -> -columns.get(i).importance()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private boolean isEssential(int i) {
    return !empty[i] && columns.get(i).importance() >= Column.ESSENTIAL;
  }

  private void place(int i, int wanted) {
    if (fitted[i] == 0 && wanted + GAP <= room) {
      fitted[i] = wanted;
      room -= wanted + GAP;
    }
  }

  private void widen(int i, int wanted) {
    if (fitted[i] > 0) {
      int more = Math.clamp(wanted - fitted[i], 0, room);
      fitted[i] += more;
      room -= more;
    }
  }

  private int enough(int i) {
    return columns.get(i).cut() == Cut.NEVER ? natural[i] : Math.min(natural[i], ENOUGH);
  }

  /** The minimum width. A title is never cut. */
  private int least(int i) {
    Column column = columns.get(i);
    return column.cut() == Cut.NEVER
        ? natural[i]
        : Math.min(enough(i), Math.max(column.title().length(), LEAST));
  }
}
