package dev.sockbroker.broker.config;

import dev.sockbroker.broker.policy.Key;
import dev.sockbroker.broker.policy.Rule;
import dev.sockbroker.broker.policy.RuleCompiler;
import dev.sockbroker.broker.policy.RuleText;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the rules and the denials of the files. */
final class PolicyReader {
  private static final Set<Key> OF_ONE_VALUE = EnumSet.of(Key.RETAIN, Key.SHARE, Key.LIST);

  private final RuleCompiler compiler;
  private final List<Rule> rules = new ArrayList<>();

  PolicyReader(RuleCompiler compiler) {
    this.compiler = compiler;
  }

  List<Rule> rules() {
    return rules;
  }

  /** Reads the rules of one file. */
  void read(TomlTable file) {
    file.tables("rule").forEach(it -> read(it, false));
    file.tables("deny").forEach(it -> read(it, true));
  }

  private void read(TomlTable table, boolean isDenial) {
    Map<Key, List<String>> values = new EnumMap<>(Key.class);
    String name = table.text("name");
    List<String> users = table.texts("user");
    List<String> groups = table.texts("group");
    List<String> units = table.texts("unit");
    for (Key key : Key.values()) {
      List<String> value = value(table, key);
      if (value != null) {
        values.put(key, value);
      }
    }
    table.end();
    RuleText text = new RuleText(name, table.place(), isDenial, users, groups, units, values);
    rules.add(compiler.compile(text, table::problem));
  }

  private static List<String> value(TomlTable table, Key key) {
    if (!OF_ONE_VALUE.contains(key)) {
      return table.texts(key.toString());
    }
    String text = table.text(key.toString());
    return text == null ? null : List.of(text);
  }
}
