package dev.sockbroker.cli;

import dev.sockbroker.protocol.Right;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rights as people type them: {@code all}, {@code none}, or {@code RECV,SEND,...}. */
final class RightsText {
  private static final List<String> NAMES =
      Arrays.stream(Right.values()).map(it -> it.name().toLowerCase(Locale.ROOT)).toList();

  private RightsText() {}

  /**
   * Commands call it themselves, not picocli, which would report a wrong value of an optional
   * parameter as an unexpected argument.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static Set<Right> parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "all" -> EnumSet.allOf(Right.class);
      case "none" -> EnumSet.noneOf(Right.class);
      default -> {
        Set<Right> rights = EnumSet.noneOf(Right.class);
        for (String name : lower.split(",")) {
          rights.add(right(name));
        }
        yield rights;
      }
    };
  }

  private static Right right(String name) {
    int index = NAMES.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "'%s' is not a right%s (expected: all, none, or some of %s)"
              .formatted(name, Suggestion.of(name, NAMES), String.join(",", NAMES)));
    }
    return Right.values()[index];
  }
}
