package dev.sockbroker.system.readme;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A page of documentation.
 *
 * @param name the file, relative to the checkout
 */
record Page(String name, String text) {
  static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");

  static Page read(String name) {
    try {
      return new Page(name, Files.readString(CHECKOUT.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Block> blocks() {
    return BLOCK.matcher(text).results().map(this::block).toList();
  }

  private Block block(MatchResult found) {
    int line = (int) text.substring(0, found.start()).lines().count() + 1;
    return new Block(name, line, found.group(1), found.group(2));
  }
}
