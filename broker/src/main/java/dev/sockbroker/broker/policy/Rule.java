package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Right;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * One {@code [[rule]]} or {@code [[deny]]} of the configuration.
 *
 * @param name null if it has none
 * @param place where it is written: {@code policy.d/web.toml:3}
 * @param grants what it says about each key
 */
public record Rule(String name, String place, boolean isDenial, Who who, Map<Key, Grant> grants) {
  /** A rule with one of these gives sockets, so it has a meaning for the keys it leaves out. */
  private static final Set<Key> GIVING =
      EnumSet.of(Key.LISTEN, Key.BIND, Key.CONNECT, Key.ATTACH, Key.RIGHTS);

  /** Completes what a rule leaves out. A denial says only what it says. */
  static Rule allowing(String name, String place, Who who, Map<Key, Grant> written) {
    Map<Key, Grant> grants = new EnumMap<>(Key.class);
    grants.putAll(written);
    if (givesSockets(written)) {
      Grant.DEFAULTS.forEach(grants::putIfAbsent);
      // All rights, which is the default, include those.
      if (written.containsKey(Key.RIGHTS)) {
        grants.compute(Key.RIGHTS, (_, rights) -> withNeeded(written, rights));
      }
    }
    return new Rule(name, place, false, who, grants);
  }

  private static boolean givesSockets(Map<Key, Grant> written) {
    for (Key it : GIVING) {
      if (written.containsKey(it)) {
        return true;
      }
    }
    return false;
  }

  static Rule denying(String name, String place, Who who, Map<Key, Grant> written) {
    Map<Key, Grant> grants = new EnumMap<>(Key.class);
    grants.putAll(written);
    return new Rule(name, place, true, who, grants);
  }

  /** Adds the rights without which the allowed addresses would be useless. */
  private static Grant withNeeded(Map<Key, Grant> written, Grant rights) {
    EnumSet<Right> all = EnumSet.noneOf(Right.class);
    ((Grant.Values) rights).values().forEach(it -> all.add((Right) it));
    if (written.containsKey(Key.LISTEN)) {
      all.addAll(EnumSet.of(Right.BIND, Right.LISTEN, Right.ACCEPT));
    }
    if (written.containsKey(Key.BIND)) {
      all.add(Right.BIND);
    }
    if (written.containsKey(Key.CONNECT)) {
      all.add(Right.CONNECT);
    }
    return new Grant.Values(all);
  }

  /** Whether a denial concerns an action. One without any key denies everything. */
  boolean denies(Action action) {
    Grant grant = grants.get(action.key());
    return grants.isEmpty() || grant != null && grant.touches(action);
  }

  boolean allows(Action action) {
    Grant grant = grants.get(action.key());
    return grant != null && grant.covers(action);
  }

  /** Whether it allows to listen, bind or connect anywhere with a transport. */
  boolean gives(Transport transport) {
    return EnumSet.of(Key.LISTEN, Key.BIND, Key.CONNECT).stream()
        .map(grants::get)
        .anyMatch(it -> it instanceof Grant.Addresses addresses && addresses.isOf(transport));
  }

  int closeness(Action action) {
    Grant grant = grants.get(action.key());
    return grant == null ? 0 : 1 + grant.closeness(action);
  }

  /** Describes it for people, in several lines. */
  public String describe() {
    StringBuilder text = new StringBuilder(toString());
    text.append("\n  for ").append(who);
    grants.forEach((key, grant) -> text.append("\n  ").append(key).append(": ").append(grant));
    if (isDenial && grants.isEmpty()) {
      text.append("\n  everything");
    }
    return text.toString();
  }

  /** How messages name it: {@code rule 'web' (policy.d/web.toml:3)}. */
  @Override
  public String toString() {
    String what = isDenial ? "deny" : "rule";
    return what + (name == null ? "" : " '" + name + "'") + " (" + place + ")";
  }
}
