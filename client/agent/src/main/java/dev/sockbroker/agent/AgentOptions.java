package dev.sockbroker.agent;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SocketSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text after {@code -javaagent:sockbroker-agent.jar=}. It is a list with commas of {@code
 * NAME=tcp:HOST:PORT}, {@code retain=TIME}, {@code connect=broker} and {@code socket=PATH}. {@code
 * *} as a host means all addresses.
 *
 * @param listeners where programs bind, by the name of the broker's listener, in their order
 * @param retain how long the broker keeps a listener that it opens and that nobody holds
 * @param connects whether the broker makes the program's connections
 * @param socket the path of the broker; null for the user's own
 */
record AgentOptions(
    Map<String, SocketSpec> listeners, Duration retain, boolean connects, Path socket) {
  private static final Set<String> SETTINGS = Set.of("retain", "connect", "socket");
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  /**
   * @param text the options as given to the JVM, or null
   * @throws IllegalArgumentException with a sentence for people
   */
  static AgentOptions parse(String text) {
    Map<String, SocketSpec> listeners = new LinkedHashMap<>();
    Map<String, String> settings = new LinkedHashMap<>();
    for (String option : options(text)) {
      int equals = option.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException(
            "'"
                + option
                + "' (expected: NAME=tcp:HOST:PORT, retain=TIME, connect=broker or socket=PATH)");
      }
      String key = option.substring(0, equals);
      String value = option.substring(equals + 1);
      Object before =
          SETTINGS.contains(key)
              ? settings.put(key, value)
              : listeners.put(key, spec(option, value));
      if (before != null) {
        throw new IllegalArgumentException("'" + key + "' is given twice");
      }
    }
    String retain = settings.get("retain");
    String socket = settings.get("socket");
    return new AgentOptions(
        listeners,
        retain == null ? Duration.ZERO : time(retain),
        connects(settings.get("connect")),
        socket == null ? null : Path.of(socket));
  }

  private static List<String> options(String text) {
    List<String> options = new ArrayList<>();
    if (text != null && !text.isEmpty()) {
      options.addAll(List.of(text.split(",", -1)));
    }
    return options;
  }

  private static SocketSpec spec(String option, String value) {
    SocketSpec spec;
    try {
      spec = SocketSpec.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + option + "': " + e.getMessage(), e);
    }
    if (spec.kind() != SocketSpec.Kind.TCP && spec.kind() != SocketSpec.Kind.TCP_LISTEN) {
      throw new IllegalArgumentException("'" + option + "' (expected: NAME=tcp:HOST:PORT)");
    }
    return spec.host().equals("*")
        ? SocketSpec.tcpListen(spec.port())
        : SocketSpec.tcpListen(spec.host(), spec.port());
  }

  private static boolean connects(String by) {
    if (by != null && !by.equals("broker")) {
      throw new IllegalArgumentException("connect=" + by + " (expected: connect=broker)");
    }
    return by != null;
  }

  private static Duration time(String text) {
    if (text.equals("forever")) {
      return Broker.FOREVER;
    }
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw new IllegalArgumentException(
          "retain=" + text + " (expected: a time like 500ms, 60s, 5m, 1h, 2d or forever)");
    }
    long count = Long.parseLong(time.group(1));
    return switch (time.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
