package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Right;

/**
 * Reads an action as people write it to ask about it: a key of a rule, and one value for it, such
 * as {@code listen tcp:*:443}.
 */
public final class ActionText {
  private ActionText() {}

  /**
   * @param ephemeral the ports that port 0 stands for
   * @throws IllegalArgumentException with a sentence for people
   */
  public static Action parse(String key, String value, Ports ephemeral) {
    return switch (RuleCompiler.value(Key.values(), key)) {
      case LISTEN -> Action.listen(local(value, ephemeral));
      case BIND -> Action.bind(local(value, ephemeral));
      case CONNECT -> Action.connect(remote(value));
      case NAMES -> Action.name(value);
      case ATTACH -> Action.attach(value);
      case OPTIONS -> Action.setOption(value);
      case RETAIN -> Action.retain(RuleCompiler.retention(value));
      case RIGHTS -> Action.haveRight(RuleCompiler.value(Right.values(), value));
      case LANES -> Action.useLane(RuleCompiler.value(PolicyLane.values(), value));
      case SHARE -> Action.share(RuleCompiler.value(Share.values(), value));
      case LIST -> Action.see(RuleCompiler.value(Visibility.values(), value));
    };
  }

  private static Endpoint local(String text, Ports ephemeral) {
    // A star is the address with which a program listens everywhere.
    String spelled = text.replaceFirst("^(tcp|udp):\\*:", "$1:[::]:");
    return Endpoint.local(transport(spelled), address(spelled), ephemeral);
  }

  private static Endpoint remote(String text) {
    return Endpoint.remote(transport(text), address(text));
  }

  private static Transport transport(String text) {
    int colon = text.indexOf(':');
    return RuleCompiler.value(Transport.values(), colon < 0 ? text : text.substring(0, colon));
  }

  private static Address address(String text) {
    int colon = text.indexOf(':');
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    if (text.startsWith("unix:")) {
      return Address.unix(rest);
    }
    int port = rest.lastIndexOf(':');
    if (port < 1) {
      throw new IllegalArgumentException("'" + text + "' has no port (expected: KIND:HOST:PORT)");
    }
    Ports ports = Ports.parse(rest.substring(port + 1));
    if (ports.from() != ports.to()) {
      throw new IllegalArgumentException("'" + text + "' has several ports (expected: one)");
    }
    String host = rest.substring(0, port);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return Address.inet(bracketed ? host.substring(1, host.length() - 1) : host, ports.from());
  }
}
