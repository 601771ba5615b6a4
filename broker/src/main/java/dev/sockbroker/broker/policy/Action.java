package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Right;
import dev.sockbroker.text.Durations;

/** What a client wants to do, as the rules see it. */
public sealed interface Action {
  Key key();

  /** Uses an address. */
  record OnAddress(Key key, Endpoint endpoint) implements Action {
    @Override
    public String toString() {
      return key + " " + endpoint;
    }
  }

  /** Uses a name, or sets an option. */
  record OnName(Key key, String name) implements Action {
    @Override
    public String toString() {
      return key + " " + name;
    }
  }

  /** Uses one of several values: a right or a lane. */
  record OnValue(Key key, Enum<?> value) implements Action {
    @Override
    public String toString() {
      return key + " " + value;
    }
  }

  /**
   * Goes up to a level: a time in milliseconds, or the ordinal of a {@link Share} or {@link
   * Visibility}.
   */
  record ToLevel(Key key, long level, String text) implements Action {
    @Override
    public String toString() {
      return key + " " + text;
    }
  }

  static Action listen(Endpoint at) {
    return new OnAddress(Key.LISTEN, at);
  }

  static Action bind(Endpoint at) {
    return new OnAddress(Key.BIND, at);
  }

  static Action connect(Endpoint to) {
    return new OnAddress(Key.CONNECT, to);
  }

  static Action name(String name) {
    return new OnName(Key.NAMES, name);
  }

  static Action attach(String name) {
    return new OnName(Key.ATTACH, name);
  }

  static Action setOption(String option) {
    return new OnName(Key.OPTIONS, option);
  }

  static Action haveRight(Right right) {
    return new OnValue(Key.RIGHTS, right);
  }

  static Action useLane(PolicyLane lane) {
    return new OnValue(Key.LANES, lane);
  }

  /**
   * @param millis {@link Long#MAX_VALUE} for ever
   */
  static Action retain(long millis) {
    return new ToLevel(
        Key.RETAIN, millis, millis == Long.MAX_VALUE ? "forever" : Durations.exact(millis));
  }

  static Action share(Share with) {
    return new ToLevel(Key.SHARE, with.ordinal(), with.toString());
  }

  static Action see(Visibility what) {
    return new ToLevel(Key.LIST, what.ordinal(), what.toString());
  }
}
