package dev.sockbroker.broker.policy;

import dev.sockbroker.text.Characters;

/**
 * A range of ports.
 *
 * @param from at least 0, and at most {@code to}
 * @param to at most 65535
 */
public record Ports(int from, int to) {
  private static final int MAX = 65_535;

  public static final Ports ALL = new Ports(0, MAX);

  public static Ports one(int port) {
    return new Ports(port, port);
  }

  /**
   * Reads {@code *}, {@code 443} or {@code 8000-8099}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Ports parse(String text) {
    if (text.equals("*")) {
      return ALL;
    }
    int dash = text.indexOf('-');
    int from = port(dash < 0 ? text : text.substring(0, dash));
    int to = dash < 0 ? from : port(text.substring(dash + 1));
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a port (expected: *, 443 or 8000-8099)");
    }
    return new Ports(from, to);
  }

  private static int port(String text) {
    if (text.isEmpty() || text.length() > 5 || !Characters.areDigits(text)) {
      return -1;
    }
    int port = Integer.parseInt(text);
    return port > MAX ? -1 : port;
  }

  boolean covers(Ports other) {
    return from <= other.from && other.to <= to;
  }

  boolean overlaps(Ports other) {
    return from <= other.to && other.from <= to;
  }

  @Override
  public String toString() {
    if (equals(ALL)) {
      return "*";
    }
    return from == to ? Integer.toString(from) : from + "-" + to;
  }
}
