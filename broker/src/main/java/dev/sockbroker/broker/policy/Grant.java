package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The value of one key of a rule or of a denial. */
sealed interface Grant {
  /** How many characters of a list a message shows, and then the rest of an item. */
  int SHOWN_MAX = 200;

  /** What a rule that gives sockets allows if it says nothing about a key. */
  Map<Key, Grant> DEFAULTS =
      Map.of(
          Key.RIGHTS, new Values(EnumSet.allOf(Right.class)),
          Key.OPTIONS, new OrdinaryOptions(),
          Key.LANES, new Values(EnumSet.complementOf(EnumSet.of(PolicyLane.FD))),
          Key.SHARE, new Level(Share.USER.ordinal(), Share.USER.toString()));

  /** Whether a rule with this value allows an action with the same key. */
  boolean covers(Action action);

  /** Whether a denial with this value concerns an action with the same key. */
  boolean touches(Action action);

  /** How much of an action it matches, to find the closest rule. */
  default int closeness(Action action) {
    return 0;
  }

  record Addresses(List<AddressPattern> patterns) implements Grant {
    boolean isOf(Transport transport) {
      return patterns.stream().anyMatch(it -> it.transport() == transport);
    }

    @Override
    public boolean covers(Action action) {
      Endpoint endpoint = ((Action.OnAddress) action).endpoint();
      for (AddressPattern it : patterns) {
        if (it.covers(endpoint)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean touches(Action action) {
      Endpoint endpoint = ((Action.OnAddress) action).endpoint();
      for (AddressPattern it : patterns) {
        if (it.overlaps(endpoint)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public int closeness(Action action) {
      Endpoint endpoint = ((Action.OnAddress) action).endpoint();
      int most = 0;
      for (AddressPattern it : patterns) {
        most = Math.max(most, it.closeness(endpoint));
      }
      return most;
    }

    @Override
    public String toString() {
      return shown(patterns);
    }
  }

  record Names(List<Glob> globs) implements Grant {
    @Override
    public boolean covers(Action action) {
      String name = ((Action.OnName) action).name();
      for (Glob it : globs) {
        if (it.matches(name)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean touches(Action action) {
      return covers(action);
    }

    @Override
    public String toString() {
      return shown(globs);
    }
  }

  /** All options that need no privilege of the broker. */
  record OrdinaryOptions() implements Grant {
    /** Those for which the kernel asks for a capability, and those given by number. */
    private static final Set<String> PRIVILEGED =
        Set.of(
            "SO_MARK",
            "SO_PRIORITY",
            "SO_BUSY_POLL",
            "SO_BINDTODEVICE",
            "IP_TRANSPARENT",
            "TCP_CONGESTION");

    @Override
    public boolean covers(Action action) {
      String option = ((Action.OnName) action).name();
      return !PRIVILEGED.contains(option) && option.indexOf(':') < 0;
    }

    @Override
    public boolean touches(Action action) {
      return covers(action);
    }

    @Override
    public String toString() {
      return "all that need no privilege";
    }
  }

  record Values(Set<? extends Enum<?>> values) implements Grant {
    @Override
    public boolean covers(Action action) {
      return values.contains(((Action.OnValue) action).value());
    }

    @Override
    public boolean touches(Action action) {
      return covers(action);
    }

    @Override
    public String toString() {
      return shown(values);
    }
  }

  /** A rule allows what is below and at the level; a denial concerns what is at it and above. */
  record Level(long level, String text) implements Grant {
    @Override
    public boolean covers(Action action) {
      return ((Action.ToLevel) action).level() <= level;
    }

    @Override
    public boolean touches(Action action) {
      return ((Action.ToLevel) action).level() >= level;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** The first items, because a message must stay short. */
  static String shown(Iterable<?> items) {
    StringBuilder text = new StringBuilder();
    for (Object it : items) {
      if (text.length() > SHOWN_MAX) {
        return text.append(", ...").toString();
      }
      text.append(text.isEmpty() ? "" : ", ").append(it);
    }
    return text.isEmpty() ? "nothing" : text.toString();
  }
}
