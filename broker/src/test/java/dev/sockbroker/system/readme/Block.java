package dev.sockbroker.system.readme;

import java.util.List;

/**
 * A fenced block of a page.
 *
 * @param page the file, relative to the checkout
 * @param line where the block begins in the file
 * @param language of the fence, often empty
 * @param text without the fences
 */
record Block(String page, int line, String language, String text) {
  String firstLine() {
    return text.substring(0, text.indexOf('\n'));
  }

  /** The lines of a block of commands, without the comments after them. */
  List<String> commands() {
    return text.lines().map(line -> line.replaceFirst(" +# .*", "")).toList();
  }

  @Override
  public String toString() {
    return page + ":" + line + " " + firstLine();
  }
}
