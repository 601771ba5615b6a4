package dev.sockbroker.system.readme;

import java.util.List;

/**
 * A fenced block of a page.
 *
 * @param page its file, from the checkout's directory
 * @param line where the block begins in the file
 * @param language what the fence says, often nothing
 * @param text without the fences
 */
record Block(String page, int line, String language, String text) {
  String firstLine() {
    return text.substring(0, text.indexOf('\n'));
  }

  /** The lines of a block of commands, without the comments behind them. */
  List<String> commands() {
    return text.lines().map(line -> line.replaceFirst(" +# .*", "")).toList();
  }

  @Override
  public String toString() {
    return page + ":" + line + " " + firstLine();
  }
}
