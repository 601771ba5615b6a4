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
 * Where a command writes: data to {@link #out}, words to {@link #err}.
 *
 * @param out UTF-8; unlike {@link System#out} it reports what cannot be written, a full disk for
 *     one
 * @param columns how wide a line may be, 0 for any width: stdout is no terminal
 * @param colour whether data may be coloured
 */
record Terminal(OutputStream bytes, Writer out, PrintStream err, int columns, boolean colour) {

  /**
   * The process's own streams. Java cannot ask a terminal for its width (and asking whether there
   * is one costs 40 ms), so the launcher says it in SOCKBROKER_COLUMNS, only if stdout is one.
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

  /** What a command has to answer, as JSON. */
  interface Answer {
    void write(JsonOutput out) throws IOException;
  }

  /**
   * Writes a command's answer.
   *
   * @param json whether it was asked for as JSON
   * @param text the same as a line for people
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

  /** Says something to the person, beside the data. */
  void say(String text) {
    err.println("sockbroker: " + text);
  }

  /**
   * Makes a text that came from elsewhere harmless: control characters, and those that turn the
   * direction of writing, are shown as escapes and do nothing.
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
