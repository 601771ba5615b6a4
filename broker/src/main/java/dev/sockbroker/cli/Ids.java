package dev.sockbroker.cli;

/** Ids as people read and type them: a letter for the kind and a number. */
final class Ids {
  private Ids() {}

  static String socket(long id) {
    return "s" + id;
  }

  static String descriptor(long id) {
    return "d" + id;
  }

  /**
   * Parses an id of one kind.
   *
   * @param kind {@code s}, {@code d} or {@code t}
   * @return the number, or -1 if the text is not an id of that kind
   */
  static long parse(char kind, String text) {
    if (text.length() < 2 || text.length() > 19 || text.charAt(0) != kind) {
      return -1;
    }
    for (int i = 1; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return Long.parseLong(text, 1, text.length(), 10);
  }
}
