package dev.sockbroker.client;

import dev.sockbroker.client.SocketSpec.Kind;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The text form of {@link SocketSpec}. */
final class SocketSpecText {
  /** The end of a spec whose host name the broker resolves. */
  static final String BY_BROKER = ",resolve=broker";

  private SocketSpecText() {}

  static SocketSpec parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw invalid(text, "expected: KIND:ADDRESS, like tcp-listen:127.0.0.1:8080");
    }
    Kind kind = kind(text, text.substring(0, colon));
    String rest = text.substring(colon + 1);
    if (!kind.isUnix()) {
      return resolved(text, kind, rest);
    }
    if (rest.isEmpty()) {
      throw invalid(text, "the path is missing: " + kind.text() + ":PATH");
    }
    return SocketSpec.of(kind, null, 0, rest);
  }

  private static SocketSpec resolved(String text, Kind kind, String rest) {
    int comma = rest.indexOf(',');
    if (comma < 0) {
      return inet(text, kind, rest);
    } else if (!rest.substring(comma).equals(BY_BROKER)) {
      throw invalid(text, "'" + rest.substring(comma) + "' (expected: " + BY_BROKER + ")");
    }
    try {
      return inet(text, kind, rest.substring(0, comma)).resolve(Resolver.BROKER);
    } catch (IllegalArgumentException e) {
      throw e.getMessage().startsWith("socket '") ? e : invalid(text, e.getMessage());
    }
  }

  private static Kind kind(String text, String word) {
    for (Kind kind : Kind.values()) {
      if (kind.text().equals(word)) {
        return kind;
      }
    }
    String known = Arrays.stream(Kind.values()).map(Kind::text).collect(Collectors.joining(", "));
    throw invalid(text, "kind '" + word + "' is unknown; expected one of: " + known);
  }

  private static SocketSpec inet(String text, Kind kind, String rest) {
    int colon = rest.lastIndexOf(':');
    boolean isNumberAlone = colon < 0 && !rest.isEmpty() && isDigits(rest);
    if (rest.endsWith("]") || rest.endsWith(":") || colon < 0 && !isNumberAlone) {
      throw invalid(text, "a port is missing: " + kind.text() + ":HOST:PORT");
    }
    String host = colon < 0 ? "" : rest.substring(0, colon);
    int port = port(text, rest.substring(colon + 1));
    if (colon < 0 && (kind == Kind.TCP_LISTEN || kind == Kind.UDP)) {
      return SocketSpec.of(kind, SocketSpec.EVERYWHERE, port, null);
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw invalid(text, "an IPv6 address must be in brackets: " + kind.text() + ":[::1]:80");
    }
    if (host.isEmpty()) {
      throw invalid(text, "the host is missing: " + kind.text() + ":HOST:PORT");
    }
    return SocketSpec.of(kind, host, port, null);
  }

  private static int port(String text, String digits) {
    if (digits.length() > 5 || !isDigits(digits) || Integer.parseInt(digits) > 65535) {
      throw invalid(text, "port '" + digits + "' is not a number from 0 to 65535");
    }
    return Integer.parseInt(digits);
  }

  private static boolean isDigits(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static IllegalArgumentException invalid(String text, String reason) {
    return new IllegalArgumentException("socket '" + text + "': " + reason);
  }
}
