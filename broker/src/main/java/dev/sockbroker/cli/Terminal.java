package dev.sockbroker.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The output streams of a command: {@link #out} for data and {@link #err} for messages.
 *
 * @param out UTF-8; unlike {@link System#out} it reports write errors, for example a full disk
 * @param columns the maximum width of a line, 0 if stdout is not a terminal
 * @param colour whether data may be coloured
 */
record Terminal(OutputStream bytes, Writer out, PrintStream err, int columns, boolean colour) {

  /**
   * The process's own streams. Java cannot get the width of a terminal, and checking whether stdout
   * is a terminal costs 40 ms. So the launcher sets SOCKBROKER_COLUMNS if stdout is a terminal.
   */
  static Terminal ofProcess(Map<String, String> environment) {
    int columns = columns(environment.get("SOCKBROKER_COLUMNS"));
    String noColour = environment.get("NO_COLOR");
    boolean colour =
        columns > 0
            && (noColour == null || noColour.isEmpty())
            && !"dumb".equals(environment.get("TERM"));
    return of(new FileOutputStream(FileDescriptor.out), System.err, columns, colour);
  }

  static Terminal of(OutputStream bytes, PrintStream err, int columns, boolean colour) {
    Writer out = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8), 1 << 14);
    return new Terminal(bytes, out, err, columns, colour);
  }

  /** Writes one line of data. */
  void line(String text) throws IOException {
    out.write(text);
    out.write('\n');
  }

  /** The answer of a command as JSON. */
  interface Answer {
    void write(JsonOutput out) throws IOException;
  }

  /**
   * Writes the answer of a command.
   *
   * @param json the {@code --json} flag
   * @param text the answer as a line for people
   */
  void answer(OptionSpec json, String text, Answer answer) throws IOException {
    if (!Subcommand.isGiven(json)) {
      line(text);
      return;
    }
    try (JsonOutput document = new JsonOutput(bytes)) {
      document.document(() -> answer.write(document));
    }
  }

  /** Writes a message to stderr, separate from the data. */
  void say(String text) {
    err.println("sockbroker: " + text);
  }

  /**
   * Escapes characters of a foreign text that could affect the terminal: control characters, and
   * characters that change the text direction.
   */
  static String printable(String text) {
    if (text.codePoints().noneMatch(Terminal::isUnprintable)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (isUnprintable(c)) {
                escaped.append(c < 0x100 ? "\\x%02x".formatted(c) : "\\u{%x}".formatted(c));
              } else {
                escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  private static boolean isUnprintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static int columns(String text) {
    try {
      return text == null ? 0 : Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
