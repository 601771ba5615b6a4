package dev.sockbroker.broker.policy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says what a policy allows by reading the text of every rule for every question. It shares no code
 * with the policy. An address stands for the set of all its places in a small world: every host and
 * port that the test uses, and some more.
 */
final class ObviousEvaluator {
  private static final List<String> HOSTS =
      List.of(
          "127.0.0.1",
          "127.0.0.2",
          "10.0.0.1",
          "10.1.2.3",
          "11.0.0.1",
          "169.254.169.254",
          "192.0.2.7",
          "::1",
          "fe80::1",
          "2001:db8::1",
          "2001:db8:1::1",
          "2001:db9::1");
  private static final List<Integer> PORTS =
      List.of(
          0, 1, 79, 80, 81, 443, 1023, 1024, 8000, 8050, 8099, 8100, 32768, 40000, 60999, 65535);
  private static final List<String> RIGHTS =
      List.of(
          "RECV",
          "SEND",
          "ACCEPT",
          "BIND",
          "LISTEN",
          "CONNECT",
          "SHUTDOWN",
          "GETOPT",
          "SETOPT",
          "EVENT",
          "DUPLICATE",
          "EXPORT");
  private static final List<String> PRIVILEGED =
      List.of(
          "SO_MARK",
          "SO_PRIORITY",
          "SO_BUSY_POLL",
          "SO_BINDTODEVICE",
          "IP_TRANSPARENT",
          "TCP_CONGESTION");

  private ObviousEvaluator() {}

  static boolean allows(List<RuleText> rules, Subject subject, String key, String value) {
    boolean allowed = false;
    for (RuleText rule : rules) {
      if (!isFor(rule, subject)) {
        continue;
      }
      if (rule.isDenial() && (rule.values().isEmpty() || denies(rule, key, value))) {
        return false;
      }
      allowed |= !rule.isDenial() && allows(rule, key, value);
    }
    return allowed;
  }

  private static boolean isFor(RuleText rule, Subject subject) {
    return (rule.users() == null || rule.users().contains("" + subject.uid()))
        && (rule.groups() == null
            || rule.isDenial() && subject.groups().isEmpty()
            || rule.groups().stream().anyMatch(it -> subject.groups().contains(Long.valueOf(it))))
        && (rule.units() == null
            || rule.isDenial() && subject.units().equals(List.of("/"))
            || rule.units().stream()
                .anyMatch(
                    glob ->
                        subject.units().stream()
                            .anyMatch(it -> !it.equals("/") && matches(glob, it))));
  }

  private static boolean matches(String glob, String name) {
    if (glob.isEmpty()) {
      return name.isEmpty();
    } else if (glob.charAt(0) == '*') {
      return matches(glob.substring(1), name)
          || !name.isEmpty() && matches(glob, name.substring(1));
    }
    return !name.isEmpty()
        && (glob.charAt(0) == '?' || glob.charAt(0) == name.charAt(0))
        && matches(glob.substring(1), name.substring(1));
  }

  private static List<String> written(RuleText rule, String key) {
    for (Map.Entry<Key, List<String>> it : rule.values().entrySet()) {
      if (it.getKey().toString().equals(key)) {
        return it.getValue();
      }
    }
    return null;
  }

  private static boolean allows(RuleText rule, String key, String value) {
    List<String> values = written(rule, key);
    boolean gives =
        List.of("listen", "bind", "connect", "attach", "rights").stream()
            .anyMatch(it -> written(rule, it) != null);
    return switch (key) {
      case "listen", "bind" ->
          values != null && values.stream().anyMatch(it -> local(it).containsAll(local(value)));
      case "connect" -> values != null && values.stream().anyMatch(it -> reaches(it, value));
      case "names", "attach" ->
          values != null && values.stream().anyMatch(it -> matches(it, value));
      case "options" ->
          values == null
              ? gives && !PRIVILEGED.contains(value) && !value.contains(":")
              : values.stream().anyMatch(it -> matches(it, value));
      case "lanes" -> values == null ? gives && !value.equals("fd") : values.contains(value);
      case "rights" -> rights(rule, gives).contains(value);
      case "retain" -> values != null && seconds(value) <= seconds(values.getFirst());
      case "share" ->
          rank("none user any", value)
              <= (values != null ? rank("none user any", values.getFirst()) : gives ? 1 : -1);
      case "list" ->
          values != null && rank("own user all", value) <= rank("own user all", values.getFirst());
      default -> throw new AssertionError(key);
    };
  }

  private static Set<String> rights(RuleText rule, boolean gives) {
    List<String> values = written(rule, "rights");
    Set<String> rights =
        new TreeSet<>(values != null ? values : gives ? RIGHTS : List.<String>of());
    if (written(rule, "listen") != null) {
      rights.addAll(List.of("BIND", "LISTEN", "ACCEPT"));
    }
    if (written(rule, "bind") != null) {
      rights.add("BIND");
    }
    if (written(rule, "connect") != null) {
      rights.add("CONNECT");
    }
    return rights;
  }

  private static boolean denies(RuleText rule, String key, String value) {
    List<String> values = written(rule, key);
    if (values == null) {
      return false;
    }
    return switch (key) {
      case "listen", "bind" ->
          values.stream().anyMatch(it -> local(it).stream().anyMatch(local(value)::contains));
      case "connect" -> values.stream().anyMatch(it -> deniesToReach(it, value));
      case "names", "attach", "options" -> values.stream().anyMatch(it -> matches(it, value));
      case "lanes", "rights" -> values.contains(value);
      case "retain" -> seconds(value) >= seconds(values.getFirst());
      case "share" -> rank("none user any", value) >= rank("none user any", values.getFirst());
      case "list" -> rank("own user all", value) >= rank("own user all", values.getFirst());
      default -> throw new AssertionError(key);
    };
  }

  private static int rank(String order, String value) {
    return List.of(order.split(" ")).indexOf(value);
  }

  private static long seconds(String text) {
    return text.equals("forever")
        ? Long.MAX_VALUE
        : Long.parseLong(text.substring(0, text.length() - 1)) * (text.endsWith("m") ? 60 : 1);
  }

  /** All places at which a program listens with an address, or that a pattern names. */
  private static Set<String> local(String text) {
    String kind = text.substring(0, 3);
    String host = host(text);
    Set<String> places = new TreeSet<>();
    for (String each : HOSTS) {
      boolean isFour = !each.contains(":");
      boolean listens =
          switch (host) {
            case "*", "::" -> true;
            case "0.0.0.0" -> isFour;
            default -> isIn(each, host);
          };
      for (int port : PORTS) {
        if (listens && isPort(port, text)) {
          places.add(kind + " " + each + " " + port);
        }
      }
    }
    return places;
  }

  private static boolean isPort(int port, String text) {
    String ports = text.substring(text.lastIndexOf(':') + 1);
    if (ports.equals("*")) {
      return true;
    } else if (ports.equals("0")) {
      return port >= 32768 && port <= 60999;
    }
    String[] range = ports.split("-");
    return port >= Integer.parseInt(range[0]) && port <= Integer.parseInt(range[range.length - 1]);
  }

  private static String host(String text) {
    String host = text.substring(4, text.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static boolean isIn(String address, String network) {
    String[] parts = network.split("/");
    byte[] mine = bytes(address);
    byte[] its = bytes(parts[0]);
    if (mine.length != its.length) {
      return false;
    }
    int bits = mine.length * 8;
    int prefix = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
    return new BigInteger(1, mine)
        .shiftRight(bits - prefix)
        .equals(new BigInteger(1, its).shiftRight(bits - prefix));
  }

  private static byte[] bytes(String address) {
    return InetAddress.ofLiteral(address).getAddress();
  }

  private static boolean isName(String host) {
    return host.matches(".*[g-z].*");
  }

  /** The address at which a connection really arrives. */
  private static String arrival(String host) {
    return switch (host) {
      case "0.0.0.0", "::ffff:127.0.0.1" -> "127.0.0.1";
      case "::" -> "::1";
      case "::ffff:10.0.0.1" -> "10.0.0.1";
      default -> host;
    };
  }

  private static boolean reaches(String pattern, String value) {
    String host = host(value);
    String wanted = host(pattern);
    boolean isSame =
        pattern.startsWith(value.substring(0, 3))
            && isPort(Integer.parseInt(value.substring(value.lastIndexOf(':') + 1)), pattern);
    if (!isSame || wanted.equals("*")) {
      return isSame;
    } else if (isName(host) || isName(wanted)) {
      return host.equals(wanted);
    }
    return isIn(arrival(host), wanted);
  }

  private static boolean deniesToReach(String pattern, String value) {
    List<String> names = new ArrayList<>(List.of(value));
    String prefix = value.substring(0, 4);
    String port = value.substring(value.lastIndexOf(':'));
    String arrival = arrival(host(value));
    if (arrival.equals("::1")) {
      names.add(prefix + "127.0.0.1" + port);
    } else if (arrival.equals("64:ff9b::a9fe:a9fe")) {
      names.add(prefix + "169.254.169.254" + port);
    }
    return names.stream().anyMatch(it -> reaches(pattern, it));
  }
}
