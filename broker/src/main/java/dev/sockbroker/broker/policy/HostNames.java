package dev.sockbroker.broker.policy;

import java.util.Locale;
import java.util.regex.Pattern;

/** Host names, which DNS compares without regard to case. */
public final class HostNames {
  private static final int LENGTH_MAX = 253;

  private static final Pattern NAME =
      Pattern.compile(
          "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
              + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*");

  /** A resolver could take a name whose last label is a number for an address. */
  private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9A-Fa-f]*)");

  private HostNames() {}

  /**
   * Returns the name in lower case and without the dot at its end.
   *
   * @throws IllegalArgumentException if it is not a name
   */
  public static String canonical(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    if (name.length() > LENGTH_MAX
        || !NAME.matcher(name).matches()
        || NUMERIC.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + host + "' is not an address or a host name");
    }
    return name.toLowerCase(Locale.ROOT);
  }
}
