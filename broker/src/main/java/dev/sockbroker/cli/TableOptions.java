package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options of a table: {@code --columns}, {@code --sort}, {@code --wide}, {@code --no-header}.
 */
final class TableOptions {
  private final List<Column> all;
  private final OptionSpec columns;
  private final OptionSpec sort;
  private final OptionSpec wide =
      Subcommand.flag("--wide", "Show all columns, even on a narrow terminal.");
  private final OptionSpec noHeader = Subcommand.flag("--no-header", "Omit the header line.");

  /**
   * @param all the columns of the table
   */
  TableOptions(List<Column> all) {
    this.all = all;
    List<String> titles = titles();
    columns =
        Subcommand.option(
                "--columns",
                "COLUMN",
                List.class,
                "Show only these columns, in this order, without cutting them: "
                    + String.join(", ", titles)
                    + ".")
            .auxiliaryTypes(Integer.class)
            .splitRegex(",")
            .converters(this::place)
            .completionCandidates(titles)
            .build();
    sort =
        Subcommand.option(
                "--sort",
                "COLUMN",
                Sort.class,
                "Sort by this column in ascending order; with a - before it, in descending order.")
            .converters(this::sort)
            .completionCandidates(titles)
            .build();
  }

  /** The column to sort by. */
  private record Sort(String title, boolean descending) {}

  void addTo(CommandSpec spec) {
    spec.addOption(columns).addOption(sort).addOption(wide).addOption(noHeader);
  }

  /** The table that the options ask for. */
  Table table(Terminal terminal) {
    List<Integer> chosen = columns.getValue();
    int[] places =
        chosen == null
            ? IntStream.range(0, all.size()).toArray()
            : chosen.stream().mapToInt(Integer::intValue).toArray();
    boolean whole = chosen != null || Subcommand.isGiven(wide);
    int width = whole ? 0 : terminal.columns();
    return new Table(all, places, width, !Subcommand.isGiven(noHeader), terminal.colour());
  }

  boolean isSorted() {
    return sort.getValue() != null;
  }

  /**
   * Returns the rows in the requested order. Rows without a value come last.
   *
   * @param key returns a row's value in the column with that title, or null
   */
  <R> List<R> sorted(List<R> rows, BiFunction<String, R, Comparable<?>> key) {
    Sort by = sort.getValue();
    if (by == null) {
      return rows;
    }
    @SuppressWarnings("unchecked")
    Comparator<Comparable<?>> natural =
        (a, b) -> ((Comparable<Object>) a).compareTo(b); // values of one column have one type
    return rows.stream()
        .sorted(
            Comparator.comparing(
                row -> key.apply(by.title(), row),
                Comparator.nullsLast(by.descending() ? natural.reversed() : natural)))
        .toList();
  }

  private Sort sort(String text) {
    boolean descending = text.startsWith("-");
    return new Sort(all.get(place(descending ? text.substring(1) : text)).title(), descending);
  }

  private int place(String text) {
    int place = titles().indexOf(text.toLowerCase(Locale.ROOT));
    if (place < 0) {
      throw new TypeConversionException(
          "there is no column '"
              + text
              + "'"
              + Suggestion.of(text.toLowerCase(Locale.ROOT), titles())
              + " (expected: "
              + String.join(", ", titles())
              + ")");
    }
    return place;
  }

  private List<String> titles() {
    return all.stream().map(it -> it.title().toLowerCase(Locale.ROOT)).toList();
  }
}
