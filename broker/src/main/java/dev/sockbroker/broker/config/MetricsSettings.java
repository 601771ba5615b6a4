package dev.sockbroker.broker.config;

import dev.sockbroker.text.InetLiterals;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether and where metrics are served over HTTP.
 *
 * @param http null for nowhere
 */
public record MetricsSettings(InetSocketAddress http) {
  /** No HTTP. */
  public static final MetricsSettings DEFAULT = new MetricsSettings(null);

  private static final Pattern ADDRESS = Pattern.compile("(?:\\[(.+)]|([^:\\[\\]]+)):(\\d{1,5})");
  private static final int PORT_MAX = 65_535;

  /**
   * @param http {@code off}, or an address and a port
   * @throws IllegalArgumentException for anything else
   */
  static MetricsSettings of(String http) {
    return http.equals("off") ? DEFAULT : new MetricsSettings(address(http));
  }

  private static InetSocketAddress address(String text) {
    Matcher parts = ADDRESS.matcher(text);
    if (parts.matches()) {
      byte[] host = InetLiterals.parse(parts.group(1) == null ? parts.group(2) : parts.group(1));
      int port = Integer.parseInt(parts.group(3));
      if (host != null && port <= PORT_MAX && !addressOf(host).isMulticastAddress()) {
        return new InetSocketAddress(addressOf(host), port);
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' (expected: off, or an address and a port such as 127.0.0.1:9464)");
  }

  private static InetAddress addressOf(byte[] host) {
    try {
      return InetAddress.getByAddress(host);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
