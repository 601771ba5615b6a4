package dev.sockbroker.cli;

/** Text for people, broken between words where a terminal's line ends. */
final class Words {
  private Words() {}

  /**
   * Breaks a text into lines; a word that is longer than a line is left whole.
   *
   * @param width of a line, 0 for any
   * @param indent of the lines after the first
   */
  static String wrap(String text, int width, String indent) {
    if (width == 0 || text.length() <= width) {
      return text;
    }
    StringBuilder lines = new StringBuilder();
    int column = 0;
    for (String word : text.split(" ")) {
      if (column > 0 && column + 1 + word.length() > width) {
        lines.append('\n').append(indent).append(word);
        column = indent.length() + word.length();
      } else {
        lines.append(lines.isEmpty() ? "" : " ").append(word);
        column += word.length() + (column == 0 ? 0 : 1);
      }
    }
    return lines.toString();
  }
}
