package dev.sockbroker.system.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Options by name, as in the protocol's page, and by number. Options that would send packets off
 * the machine are left out: groups on other interfaces, routes in IP options, the packet filter.
 */
final class Options {
  private static final Path DOCUMENT = Path.of("../protocol/README.md");
  private static final Pattern NAME = Pattern.compile("`([A-Z]+[0-9]?_[A-Z0-9_]+)`");
  private static final List<Integer> LEVELS = List.of(1, 6, 17, 0, 41, 136, 262, 99, -1);

  private final List<String> names;

  Options() {
    try {
      String text = Files.readString(DOCUMENT);
      String table = text.substring(text.indexOf("\n## Options"), text.indexOf("\n## Errors"));
      names =
          NAME.matcher(table)
              .results()
              .map((MatchResult it) -> it.group(1))
              .distinct()
              .sorted()
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> names() {
    return names;
  }

  String name(Dice dice, Json json) {
    return json.quote(dice.oneIn(20) ? json.key() : names.get(dice.below(names.size())));
  }

  String value(Dice dice, Json json) {
    return switch (dice.below(10)) {
      case 0, 1 -> dice.of("true", "false");
      case 2, 3, 4 -> dice.of("0", "1", "10", "4096", "65536", "2147483647", "-1");
      case 5 -> "{\"on\":" + dice.of("true", "false") + ",\"seconds\":" + dice.below(40_000) + "}";
      case 6 -> "{\"group\":\"239.1.2.3\",\"interface\":\"lo\"}";
      case 7 -> json.quote(dice.of("lo", "cubic", "reno", "no" + dice.below(9)));
      case 8 -> hex(dice);
      default -> json.wild();
    };
  }

  private String hex(Dice dice) {
    return "\"" + HexFormat.of().formatHex(dice.bytes(dice.of(0, 1, 4, 4, 4, 8, 16, 60))) + "\"";
  }

  int level(Dice dice) {
    return LEVELS.get(dice.below(LEVELS.size()));
  }

  /** A number for any level. A number that is harmless in one level may not be so in another. */
  int number(Dice dice) {
    int drawn = dice.below(80);
    return isKeptHere(drawn) ? drawn : 2;
  }

  /**
   * No options that make packets leave the machine: IP_OPTIONS is 4, groups are 32 to 48 of IP and
   * 17 to 29 of IPv6, headers and routes of IPv6 are 6 and 54 to 59, the packet filters start at
   * 64.
   */
  private static boolean isKeptHere(int number) {
    return number != 4
        && number != 6
        && (number < 17 || number > 29)
        && (number < 32 || number > 48)
        && (number < 54 || number > 59)
        && number < 64;
  }
}
