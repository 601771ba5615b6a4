package dev.sockbroker.broker.config;

import dev.sockbroker.broker.core.Quotas.Amount;
import dev.sockbroker.text.ByteCount;

/** The amounts of limits and quotas. */
final class Amounts {
  private Amounts() {}

  /** Parses a limit: a number, with a unit if it counts bytes. */
  static int number(String name, String text) {
    if (name.endsWith("-bytes")) {
      return ByteCount.parse(text);
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' (expected: a whole number up to " + Integer.MAX_VALUE + ")", e);
    }
  }

  /** Parses a quota: a number as above, or a fraction of the broker's limit: {@code 1/4}. */
  static Amount amount(String name, String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return Amount.number(atLeastOne(number(name, text), text));
    }
    try {
      int part = Integer.parseInt(text.substring(0, slash).strip());
      int whole = Integer.parseInt(text.substring(slash + 1).strip());
      return Amount.fraction(part, whole);
    } catch (NumberFormatException e) {
      throw notAFraction(text);
    }
  }

  private static int atLeastOne(int number, String text) {
    if (number < 1) {
      throw new IllegalArgumentException(text + " (expected: 1 or more)");
    }
    return number;
  }

  private static IllegalArgumentException notAFraction(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is not a fraction (expected: 1/4, which is at most 1/1)");
  }

  /** Parses a rate: {@code 50/s} is 50 in each second. */
  static Integer rate(String text) {
    String number = text.endsWith("/s") ? text.substring(0, text.length() - 2) : "";
    try {
      return atLeastOne(Integer.parseInt(number), text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a rate (expected: 50/s)", e);
    }
  }
}
