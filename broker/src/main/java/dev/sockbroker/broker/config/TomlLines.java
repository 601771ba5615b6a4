package dev.sockbroker.broker.config;

import java.util.HashMap;
import java.util.Map;

/**
 * Finds the line of each key of a TOML document, for messages. Jackson's tree does not contain it.
 * The document must be valid, so this class only has to skip strings, comments and brackets.
 *
 * <p>A key is found by its path: {@code limits.sockets}, {@code rule[1].listen}.
 */
final class TomlLines {
  private final String text;
  private final boolean withKeys;
  private final Map<String, Integer> lines = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();
  private String twice;
  private int at;
  private int line = 1;
  private String table = "";

  private TomlLines(String text, boolean withKeys) {
    this.text = text;
    this.withKeys = withKeys;
  }

  /** Finds the line of each table and of each key. */
  static Map<String, Integer> of(String text) {
    return read(text, true).lines;
  }

  /** Finds the line of each table only, which is much faster. */
  static Map<String, Integer> ofTables(String text) {
    return read(text, false).lines;
  }

  /**
   * Returns the first key that is there twice, with its second line: {@code 7: limits.sockets}.
   * Null if there is none.
   */
  static String twice(String text) {
    return read(text, true).twice;
  }

  private static TomlLines read(String text, boolean withKeys) {
    TomlLines lines = new TomlLines(text, withKeys);
    while (lines.at < text.length()) {
      lines.readLine();
    }
    return lines;
  }

  private boolean hasMore() {
    return at < text.length();
  }

  private void readLine() {
    skipBlanks();
    if (hasMore() && text.charAt(at) == '[') {
      readHeader();
    } else if (withKeys && hasMore() && text.charAt(at) != '#' && text.charAt(at) != '\n') {
      readKey();
    }
    skipRest(0);
  }

  private void readHeader() {
    boolean isArray = text.startsWith("[[", at);
    at += isArray ? 2 : 1;
    String path = readPath(']');
    if (isArray) {
      int index = counts.merge(path, 1, Integer::sum) - 1;
      path = path + "[" + index + "]";
    }
    table = path + ".";
    lines.putIfAbsent(path, line);
  }

  private void readKey() {
    String path = table + readPath('=');
    if (lines.putIfAbsent(path, line) != null && twice == null) {
      twice = line + ": " + path;
    }
  }

  /** Reads a dotted key. Its parts may be quoted. */
  private String readPath(char end) {
    StringBuilder path = new StringBuilder();
    while (hasMore() && text.charAt(at) != end && text.charAt(at) != '\n') {
      char c = text.charAt(at);
      if (c == '"' || c == '\'') {
        int from = at + 1;
        skipString();
        path.append(text, Math.min(from, text.length()), Math.max(from, at - 1));
      } else {
        if (!isBlank(c)) {
          path.append(c);
        }
        at++;
      }
    }
    return path.toString();
  }

  /** Skips to the next line behind a value, which may contain lines. */
  private void skipRest(int depth) {
    int open = depth;
    while (hasMore()) {
      char c = text.charAt(at);
      if (c == '"' || c == '\'') {
        skipString();
        continue;
      }
      at++;
      if (c == '#') {
        skipComment();
      } else if (c == '[' || c == '{') {
        open++;
      } else if (c == ']' || c == '}') {
        open--;
      } else if (c == '\n') {
        line++;
        if (open <= 0) {
          return;
        }
      }
    }
  }

  private void skipComment() {
    while (hasMore() && text.charAt(at) != '\n') {
      at++;
    }
  }

  private void skipString() {
    char quote = text.charAt(at);
    String three = quote == '"' ? "\"\"\"" : "'''";
    if (text.startsWith(three, at)) {
      skipLongString(quote, three);
    } else {
      skipShortString(quote);
    }
  }

  /** The loop that most of the time goes to: it works on a local variable. */
  private void skipShortString(char quote) {
    int i = at + 1;
    while (i < text.length() && text.charAt(i) != quote) {
      if (text.charAt(i) == '\\' && quote == '"') {
        i++;
      }
      i++;
    }
    at = Math.min(text.length(), i + 1);
  }

  private void skipLongString(char quote, String three) {
    at += 3;
    while (hasMore() && !text.startsWith(three, at)) {
      if (text.charAt(at) == '\\' && quote == '"') {
        at++;
      }
      if (hasMore() && text.charAt(at) == '\n') {
        line++;
      }
      at++;
    }
    at = Math.min(text.length(), at + 3);
  }

  private void skipBlanks() {
    while (hasMore() && isBlank(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
  }
}
