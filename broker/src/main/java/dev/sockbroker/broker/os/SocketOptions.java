package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.OptionTable.Access;
import dev.sockbroker.broker.os.OptionTable.Option;
import dev.sockbroker.protocol.Errno;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads and sets the named options of any socket. Loop thread only. */
final class SocketOptions {
  private final ValueCalls values;
  private final NetworkInterfaces interfaces;

  SocketOptions(ValueCalls values, NetworkInterfaces interfaces) {
    this.values = values;
    this.interfaces = interfaces;
  }

  Object get(int fd, SocketKind kind, String name) {
    Option option = option(kind, name);
    if (!option.readable()) {
      throw new RefusedException(Errno.ENOPROTOOPT, name + " cannot be read from the kernel");
    }
    int length = read(fd, option);
    if (length < 0) {
      throw RefusedException.ofCall(length, "read " + name);
    }
    return option.kind().decoder().decode(values.value(), length);
  }

  /**
   * Sets an option. Returns the value read back, or the given value for a set-only option (rule
   * 21).
   */
  Object set(int fd, SocketKind kind, String name, Object value) {
    Option option = option(kind, name);
    if (!option.settable()) {
      throw new RefusedException(Errno.ENOPROTOOPT, name + " can only be read");
    }
    int length = option.kind().encoder().encode(value, values.value(), interfaces);
    if (length == OptionKind.UNFIT) {
      throw new RefusedException(
          Errno.EINVAL, name + " takes " + option.kind().expects() + ", not " + shown(value));
    }
    int answer = values.setOption(fd, option.level(), option.number(), length);
    if (answer < 0) {
      throw refused(option, value, answer);
    }
    return option.access() == Access.SET_ONLY ? value : get(fd, kind, name);
  }

  /** Quotes a string, so that an empty one is visible. */
  private static String shown(Object value) {
    return value instanceof String ? "'" + value + "'" : String.valueOf(value);
  }

  private static RefusedException refused(Option option, Object value, int answer) {
    String attempt = "set " + option.name() + " to " + value;
    if (answer == -Errno.EPERM && option.capability() != null) {
      return new RefusedException(
          Errno.EPERM, attempt + ": the broker needs " + option.capability());
    }
    return RefusedException.ofCall(answer, attempt);
  }

  private static Option option(SocketKind kind, String name) {
    Option option = OptionTable.named(name);
    if (option == null) {
      throw new RefusedException(
          Errno.ENOPROTOOPT,
          "there is no option named '"
              + name
              + "' here; give an option that only the kernel knows by its level and number");
    }
    if (!option.sockets().include(kind)) {
      throw new RefusedException(
          Errno.ENOPROTOOPT,
          name + " is an option of " + option.sockets() + ", and this one is " + kind);
    }
    return option;
  }

  /**
   * Reads all options of this kind of socket, except those that the kernel refuses in its current
   * state.
   */
  Map<String, Object> all(int fd, SocketKind kind) {
    Map<String, Object> options = new LinkedHashMap<>();
    for (Option option : OptionTable.all()) {
      if (option.readable() && option.sockets().include(kind)) {
        int length = read(fd, option);
        if (length >= 0) {
          options.put(option.name(), option.kind().decoder().decode(values.value(), length));
        }
      }
    }
    return options;
  }

  private int read(int fd, Option option) {
    return values.getOption(fd, option.level(), option.number(), option.kind().room());
  }

  /**
   * @param number SO_RCVTIMEO or SO_SNDTIMEO
   */
  long timeoutMillis(int fd, int number) {
    int room = OptionKinds.MILLISECONDS.room();
    int answer = values.getOption(fd, Linux.SOL_SOCKET, number, room);
    if (answer < 0) {
      throw new IllegalStateException("time-out " + number + ": " + Errno.name(-answer));
    }
    return OptionKinds.readMillis(values.value());
  }

  /**
   * Turns off a linger time. Does not change linger (1,0), which resets the connection and never
   * waits (rule 16).
   */
  void turnLingerTimeOff(int fd) {
    int room = OptionKinds.LINGER.room();
    int answer = values.getOption(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, room);
    boolean waits =
        answer >= 0
            && values.value().get(JAVA_INT, 0) != 0
            && values.value().get(JAVA_INT, Integer.BYTES) != 0;
    if (waits) {
      values.value().set(JAVA_INT, 0, 0);
      values.setOption(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, room);
    }
  }
}
