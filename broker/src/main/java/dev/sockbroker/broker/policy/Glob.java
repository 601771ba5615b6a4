package dev.sockbroker.broker.policy;

/**
 * A pattern for names: {@code *} stands for any characters and {@code ?} for one.
 *
 * @param text the pattern as it is written
 * @param separator a character that neither of them stands for; {@link #NONE} for no such character
 */
record Glob(String text, char separator) {
  /** A character that no name contains. */
  static final char NONE = 0;

  static Glob of(String text) {
    return new Glob(text, NONE);
  }

  /** A pattern for paths, in which a star stays in its directory. */
  static Glob ofPath(String text) {
    return new Glob(text, '/');
  }

  /** Takes at most the product of both lengths, whatever the pattern is. */
  boolean matches(String name) {
    int at = 0;
    int place = 0;
    int star = -1;
    int resume = 0;
    while (at < name.length()) {
      if (place < text.length() && text.charAt(place) == '*') {
        star = place++;
        resume = at;
      } else if (place < text.length() && isOne(text.charAt(place), name.charAt(at))) {
        place++;
        at++;
      } else if (star >= 0 && name.charAt(resume) != separator) {
        // The last star takes one more character.
        place = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (place < text.length() && text.charAt(place) == '*') {
      place++;
    }
    return place == text.length();
  }

  private boolean isOne(char wanted, char found) {
    return wanted == found || wanted == '?' && found != separator;
  }

  @Override
  public String toString() {
    return text;
  }
}
