package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("ID", 9, false, Cut.NEVER),
          new Column("NAME", 8, false, Cut.KEEP_START),
          new Column("LOCAL", 7, false, Cut.KEEP_END),
          new Column("BYTES", 1, true, Cut.NEVER));

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Terminal terminal = Terminal.of(bytes, System.err, 0, false);

  @Test
  void shouldAlignColumnsAndEndLinesWithoutSpaces() throws IOException {
    Table table = new Table(COLUMNS, 0, true, false);

    table.write(
        List.of(
            new String[] {"d1", "web", "127.0.0.1:80", "7"},
            new String[] {"d22", null, null, "1000"}),
        terminal);

    assertThat(written())
        .containsExactly(
            "ID   NAME  LOCAL         BYTES",
            "d1   web   127.0.0.1:80      7",
            "d22  -     -              1000");
    assertThat(table.leftOut()).isZero();
  }

  @Test
  void shouldWriteWholeCellsWhereTheWidthIsNotBounded() throws IOException {
    String path = "/" + "x".repeat(107);

    new Table(COLUMNS, 0, false, false)
        .write(List.<String[]>of(new String[] {"d1", "n".repeat(255), path, "7"}), terminal);

    assertThat(written()).containsExactly("d1  " + "n".repeat(255) + "  " + path + "  7");
  }

  @Test
  void shouldAlignByWhatTheTerminalShows() throws IOException {
    new Table(COLUMNS, 0, true, false)
        .write(
            List.of(
                new String[] {"d1", "日本語", "127.0.0.1:80", "7"},
                new String[] {"d2", "cafe\u0301 😀", "127.0.0.1:80", "7"},
                new String[] {"d3", "\u202eweb", "127.0.0.1:80", "7"}),
            terminal);

    assertThat(written())
        .containsExactly(
            "ID  NAME         LOCAL         BYTES",
            "d1  日本語       127.0.0.1:80      7",
            "d2  cafe\u0301 😀      127.0.0.1:80      7",
            "d3  \\u{202e}web  127.0.0.1:80      7");
  }

  @Test
  void shouldCutByWhatTheTerminalShows() throws IOException {
    new Table(COLUMNS, 45, false, false)
        .write(
            List.<String[]>of(
                new String[] {"d1", "名".repeat(40), "/" + "道".repeat(40) + "/x", "7"}),
            terminal);

    assertThat(written().getFirst()).contains("名…").contains("…道").contains("/x ").endsWith(" 7");
    assertThat(DisplayWidth.of(written().getFirst())).isBetween(43, 45);
  }

  @Test
  void shouldLeaveOutTheLeastImportantColumnThatDoesNotFit() throws IOException {
    Table table = new Table(COLUMNS, 22, true, false);

    table.write(List.<String[]>of(new String[] {"d1", "web", "127.0.0.1:80", "7"}), terminal);

    assertThat(written()).containsExactly("ID  NAME  LOCAL", "d1  web   127.0.0.1:80");
    assertThat(table.leftOut()).isEqualTo(1);
  }

  @Test
  void shouldLeaveOutAnEmptyColumnFirst() throws IOException {
    new Table(COLUMNS, 23, true, false)
        .write(List.<String[]>of(new String[] {"d1", null, "127.0.0.1:80", "7"}), terminal);

    assertThat(written()).containsExactly("ID  LOCAL         BYTES", "d1  127.0.0.1:80      7");
  }

  @Test
  void shouldCutANameAtItsEndAndAPathAtItsStart() throws IOException {
    new Table(COLUMNS, 45, false, false)
        .write(
            List.<String[]>of(
                new String[] {"d1", "a".repeat(40) + "-name", "/" + "b".repeat(40) + "/x", "7"}),
            terminal);

    assertThat(written()).singleElement().asString().hasSize(45).contains("aaa…").contains("…bbb");
    assertThat(written().getFirst()).contains("/x  7").doesNotContain("name");
  }

  @Test
  void shouldCutAColumnRatherThanLeaveItOutForOneOfLessImportance() throws IOException {
    new Table(COLUMNS, 21, true, false)
        .write(
            List.<String[]>of(new String[] {"d1", "web", "/run/a/path/that/is/long", "7"}),
            terminal);

    assertThat(written().get(1)).startsWith("d1  web   …").endsWith("is/long").hasSize(21);
  }

  @Test
  void shouldCutAnEssentialColumnRatherThanLeaveAnotherOneOut() throws IOException {
    List<Column> essential =
        List.of(
            new Column("ID", Column.ESSENTIAL + 1, false, Cut.NEVER),
            new Column("NAME", Column.ESSENTIAL + 2, false, Cut.KEEP_START),
            new Column("WHO", Column.ESSENTIAL, false, Cut.KEEP_START));
    String name = "n".repeat(40);
    List<String[]> rows = List.<String[]>of(new String[] {"d1", name, "0123456789abc"});

    new Table(essential, 26, true, false).write(rows, terminal);

    assertThat(written()).containsExactly("ID  NAME        WHO", "d1  nnnnnnnnn…  012345678…");
  }

  @Test
  void shouldShowTheChosenColumnsInTheirOrder() throws IOException {
    Table table = new Table(COLUMNS, new int[] {3, 1}, 0, true, false);
    table.write(List.<String[]>of(new String[] {"d1", "web", "x", "7"}), terminal);

    assertThat(written()).containsExactly("BYTES  NAME", "    7  web");
    assertThat(table.isShown("NAME")).isTrue();
    assertThat(table.isShown("ID")).isFalse();
  }

  @Test
  void shouldNeverWrapALineOfALaterPage() throws IOException {
    Table table = new Table(COLUMNS, 20, true, false);
    table.write(List.<String[]>of(new String[] {"d1", "a", "b", "7"}), terminal);

    table.write(List.<String[]>of(new String[] {"d1000000000000000000", "a", "b", "7"}), terminal);

    assertThat(written()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(20));
  }

  @Test
  void shouldWriteNoHeaderButTheRows() throws IOException {
    new Table(COLUMNS, 0, false, true)
        .write(List.<String[]>of(new String[] {"d1", "web", "l", "7"}), terminal);

    assertThat(written()).containsExactly("d1  web  l  7");
  }

  @Test
  void shouldWriteTheHeaderOfAnEmptyList() throws IOException {
    new Table(COLUMNS, 0, true, false).write(List.of(), terminal);

    assertThat(written()).containsExactly("ID  NAME  LOCAL  BYTES");
  }

  @Test
  void shouldShowControlCharactersAsEscapes() throws IOException {
    new Table(COLUMNS, 0, false, false)
        .write(List.<String[]>of(new String[] {"d1", "a\033[2Jb\n\u202e", "é", "7"}), terminal);

    assertThat(written()).containsExactly("d1  a\\x1b[2Jb\\x0a\\u{202e}  é  7");
  }

  private List<String> written() throws IOException {
    terminal.out().flush();
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
