package dev.sockbroker.cli;

/** Wraps text for people between words. */
final class Words {
  private Words() {}

  /**
   * Wraps a text into lines. A word that is longer than a line stays whole.
   *
   * @param width of a line, 0 for no limit
   * @param indent of the lines after the first
   */
  static String wrap(String text, int width, String indent) {
    if (width == 0 || DisplayWidth.of(text) <= width) {
      return text;
    }
    StringBuilder lines = new StringBuilder();
    int column = 0;
    for (String word : text.split(" ")) {
      int wordWidth = DisplayWidth.of(word);
      if (column > 0 && column + 1 + wordWidth > width) {
        lines.append('\n').append(indent).append(word);
        column = indent.length() + wordWidth;
      } else {
        lines.append(lines.isEmpty() ? "" : " ").append(word);
        column += wordWidth + (column == 0 ? 0 : 1);
      }
    }
    return lines.toString();
  }
}
