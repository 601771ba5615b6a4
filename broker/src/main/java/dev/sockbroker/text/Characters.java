package dev.sockbroker.text;

import java.util.function.IntPredicate;

/**
 * Asks about the characters of short texts. Loops, because a file can have many thousand rules, and
 * an expression or a stream costs more than the rest of an address.
 */
public final class Characters {
  private Characters() {}

  /** Whether a text has no other characters; an empty one has none. */
  public static boolean areAll(String text, IntPredicate allowed) {
    for (int i = 0; i < text.length(); i++) {
      if (!allowed.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** The same for digits, without a call for each of them. */
  public static boolean areDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is one of the ten digits of ASCII. */
  public static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  public static boolean isHexDigit(int c) {
    return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
  }

  /** Whether it is a letter of ASCII. */
  public static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }
}
