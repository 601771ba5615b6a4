package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.text.Durations;
import dev.sockbroker.text.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes rules of their texts. Values that occur in many rules are looked up once. */
public final class RuleCompiler {
  private final Function<String, OptionalLong> users;
  private final Function<String, OptionalLong> groups;
  private final Function<String, AddressPattern> local =
      remembering(it -> AddressPattern.parse(it, false));
  private final Function<String, AddressPattern> remote =
      remembering(it -> AddressPattern.parse(it, true));

  /**
   * @param users returns the uid of a name or of digits
   * @param groups returns the gid of a name or of digits
   */
  public RuleCompiler(Function<String, OptionalLong> users, Function<String, OptionalLong> groups) {
    this.users = remembering(users);
    this.groups = remembering(groups);
  }

  private static <R> Function<String, R> remembering(Function<String, R> lookup) {
    Map<String, R> known = new HashMap<>();
    return text -> known.computeIfAbsent(text, lookup);
  }

  /**
   * @param problem gets each key that is wrong, and why. The rule must not be used then
   */
  public Rule compile(RuleText text, BiConsumer<String, String> problem) {
    Who who =
        new Who(
            ids("user", text.users(), users, problem),
            ids("group", text.groups(), groups, problem),
            text.units() == null ? null : text.units().stream().map(Glob::of).toList());
    Map<Key, Grant> grants = new EnumMap<>(Key.class);
    text.values().forEach((key, values) -> put(grants, key, values, problem));
    return text.isDenial()
        ? Rule.denying(text.name(), text.place(), who, grants)
        : Rule.allowing(text.name(), text.place(), who, grants);
  }

  private static Map<Long, String> ids(
      String key,
      List<String> names,
      Function<String, OptionalLong> lookup,
      BiConsumer<String, String> problem) {
    if (names == null) {
      return null;
    }
    Map<Long, String> ids = new LinkedHashMap<>();
    for (String name : names) {
      OptionalLong id = lookup.apply(name);
      if (id.isPresent()) {
        ids.put(id.getAsLong(), name);
      } else {
        problem.accept(key, "there is no " + key + " '" + name + "'");
      }
    }
    return ids;
  }

  private void put(
      Map<Key, Grant> grants, Key key, List<String> values, BiConsumer<String, String> problem) {
    try {
      grants.put(key, grant(key, values, it -> problem.accept(key.toString(), it)));
    } catch (IllegalArgumentException e) {
      problem.accept(key.toString(), e.getMessage());
    }
  }

  private Grant grant(Key key, List<String> values, Consumer<String> problem) {
    return switch (key) {
      case LISTEN, BIND -> new Grant.Addresses(each(values, local, problem));
      case CONNECT -> new Grant.Addresses(each(values, remote, problem));
      case NAMES, ATTACH, OPTIONS -> new Grant.Names(each(values, Glob::of, problem));
      case RETAIN -> new Grant.Level(retention(one(values)), one(values));
      case RIGHTS -> new Grant.Values(set(each(values, it -> value(Right.values(), it), problem)));
      case LANES ->
          new Grant.Values(set(each(values, it -> value(PolicyLane.values(), it), problem)));
      case SHARE -> level(value(Share.values(), one(values)));
      case LIST -> level(value(Visibility.values(), one(values)));
    };
  }

  /** Converts each value, and reports each that is wrong. */
  private static <R> List<R> each(
      List<String> values, Function<String, R> converter, Consumer<String> problem) {
    List<R> converted = new ArrayList<>(values.size());
    for (String it : values) {
      try {
        converted.add(converter.apply(it));
      } catch (IllegalArgumentException e) {
        problem.accept(e.getMessage());
      }
    }
    return converted;
  }

  private static <V> Set<V> set(List<V> values) {
    return new LinkedHashSet<>(values);
  }

  private static String one(List<String> values) {
    if (values.size() != 1) {
      throw new IllegalArgumentException("has " + values.size() + " values (expected: one)");
    }
    return values.getFirst();
  }

  private static Grant level(Enum<?> value) {
    return new Grant.Level(value.ordinal(), value.toString());
  }

  /** Returns milliseconds, {@link Long#MAX_VALUE} for ever. */
  static long retention(String text) {
    long millis = Durations.parse(text);
    return millis == Request.FOREVER ? Long.MAX_VALUE : millis;
  }

  static <E extends Enum<E>> E value(E[] values, String text) {
    for (E it : values) {
      if (it.toString().equals(text)) {
        return it;
      }
    }
    List<String> names = Arrays.stream(values).map(Enum::toString).toList();
    String meant =
        Spelling.closest(text, names).map(it -> ", did you mean '" + it + "'?").orElse("");
    throw new IllegalArgumentException(
        "'"
            + text
            + "' is unknown"
            + (meant.isEmpty() ? " (expected: one of " + names + ")" : meant));
  }
}
