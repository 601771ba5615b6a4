package dev.sockbroker.cli;

/**
 * The number of terminal columns that a text occupies. East Asian wide characters and emoji occupy
 * two columns, and combining marks occupy none. The text has no control characters.
 */
final class DisplayWidth {
  /**
   * The first and last character of each range of wide characters without emoji (W and F in Unicode
   * 16's EastAsianWidth.txt). Unassigned characters in a range do not matter.
   */
  private static final int[] WIDE = {
    0x1100, 0x115f, 0x2329, 0x232a, 0x2630, 0x2637, 0x268a, 0x268f, 0x2e80, 0x303e, 0x3041, 0x3247,
    0x3250, 0xa4c6, 0xa960, 0xa97c, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe6b,
    0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x1b2fb, 0x1d300, 0x1d356, 0x1d360, 0x1d376, 0x1f200,
    0x1f265, 0x20000, 0x3fffd
  };

  private DisplayWidth() {}

  static int of(String text) {
    return text.codePoints().map(DisplayWidth::of).sum();
  }

  private static int of(int c) {
    if (c < 0x300) {
      return 1;
    }
    return isCombining(c) ? 0 : isWide(c) ? 2 : 1;
  }

  /** Marks, and the Hangul vowels and final consonants that join the previous syllable. */
  private static boolean isCombining(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || c >= 0x1160 && c <= 0x11ff
        || c >= 0xd7b0 && c <= 0xd7ff;
  }

  private static boolean isWide(int c) {
    for (int i = 0; i < WIDE.length && WIDE[i] <= c; i += 2) {
      if (c <= WIDE[i + 1]) {
        return true;
      }
    }
    return Character.isEmojiPresentation(c) && !isFlagLetter(c);
  }

  /** Two flag letters form one flag, so each counts as half a flag. */
  private static boolean isFlagLetter(int c) {
    return c >= 0x1f1e6 && c <= 0x1f1ff;
  }

  /** The longest prefix of a text that fits into this many columns. */
  static String beginning(String text, int columns) {
    int end = 0;
    int left = columns;
    while (end < text.length()) {
      int c = text.codePointAt(end);
      left -= of(c);
      if (left < 0) {
        break;
      }
      end += Character.charCount(c);
    }
    return text.substring(0, end);
  }

  /**
   * The longest suffix of a text that fits into this many columns. It does not start with a
   * combining mark.
   */
  static String end(String text, int columns) {
    int start = text.length();
    int begin = start;
    int left = columns;
    while (begin > 0) {
      int c = text.codePointBefore(begin);
      left -= of(c);
      if (left < 0) {
        break;
      }
      begin -= Character.charCount(c);
      start = of(c) > 0 ? begin : start;
    }
    return text.substring(start);
  }
}
