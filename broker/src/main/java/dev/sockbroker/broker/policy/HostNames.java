package dev.sockbroker.broker.policy;

import dev.sockbroker.text.Characters;
import java.util.Locale;

/** Host names, which DNS compares without regard to case. */
public final class HostNames {
  private static final int LENGTH_MAX = 253;
  private static final int LABEL_MAX = 63;

  private HostNames() {}

  /**
   * Returns the name in lower case and without the dot at its end.
   *
   * @throws IllegalArgumentException if it is not a name
   */
  public static String canonical(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    if (name.length() > LENGTH_MAX || !isName(name)) {
      throw new IllegalArgumentException("'" + host + "' is not an address or a host name");
    }
    return name.toLowerCase(Locale.ROOT);
  }

  private static boolean isName(String name) {
    int begin = 0;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', begin)) {
      if (!isLabel(name.substring(begin, dot))) {
        return false;
      }
      begin = dot + 1;
    }
    String last = name.substring(begin);
    return isLabel(last) && !isNumber(last);
  }

  private static boolean isLabel(String text) {
    return !text.isEmpty()
        && text.length() <= LABEL_MAX
        && !text.startsWith("-")
        && !text.endsWith("-")
        && Characters.areAll(text, HostNames::isOfLabel);
  }

  private static boolean isOfLabel(int c) {
    return Characters.isLetter(c) || Characters.isDigit(c) || c == '_' || c == '-';
  }

  /** A resolver could take a name whose last label is a number for an address. */
  private static boolean isNumber(String label) {
    boolean isHex = label.startsWith("0x") || label.startsWith("0X");
    return isHex
        ? Characters.areAll(label.substring(2), Characters::isHexDigit)
        : Characters.areDigits(label);
  }
}
