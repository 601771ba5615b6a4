package dev.sockbroker.broker.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Makes policies of short texts: {@code rule user=33 listen=tcp:*:443,tcp:*:80}. */
public final class PolicyText {
  public static final Ports EPHEMERAL = new Ports(32768, 60999);

  private PolicyText() {}

  /**
   * @param lines each begins with {@code rule} or {@code deny}. Users and groups are numbers, and
   *     root and uid 500 are administrators
   */
  public static Policy of(String... lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      rules.add(rule(line, rules.size()));
    }
    return Policy.of(rules, Set.of(0L, 500L), EPHEMERAL);
  }

  private static Rule rule(String line, int number) {
    String[] words = line.split(" ");
    Map<Key, List<String>> values = new EnumMap<>(Key.class);
    Map<String, List<String>> who = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      String[] pair = words[i].split("=", 2);
      List<String> list = pair[1].isEmpty() ? List.of() : List.of(pair[1].split(","));
      if (Key.names().contains(pair[0])) {
        values.put(RuleCompiler.value(Key.values(), pair[0]), list);
      } else {
        who.put(pair[0], list);
      }
    }
    RuleText text =
        new RuleText(
            "r" + number,
            "test:" + number,
            words[0].equals("deny"),
            who.get("user"),
            who.get("group"),
            who.get("unit"),
            values);
    return compiler()
        .compile(
            text,
            (key, why) -> {
              throw new AssertionError(key + ": " + why);
            });
  }

  static RuleCompiler compiler() {
    return new RuleCompiler(PolicyText::number, PolicyText::number);
  }

  private static OptionalLong number(String text) {
    return OptionalLong.of(Long.parseLong(text));
  }
}
