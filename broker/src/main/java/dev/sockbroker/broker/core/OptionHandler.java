package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Handles options. The kernel is their only store, except for O_NONBLOCK and SO_ERROR (rules 21,
 * 23, 24).
 */
final class OptionHandler {
  private final Authority authority;

  OptionHandler(Authority authority) {
    this.authority = authority;
  }

  private static final String NON_BLOCKING = "O_NONBLOCK";
  private static final String ERROR = "SO_ERROR";

  void onGet(Call call, Request.GetOption get) {
    OwnedSocket socket = call.session().descriptor(get.descriptor(), Right.GETOPT).socket;
    Object value;
    if (get.option() == null) {
      value = socket.kernel().getOption(get.level(), get.number(), get.length());
    } else {
      value =
          switch (get.option()) {
            case NON_BLOCKING -> !socket.isBlocking();
            case ERROR -> (long) socket.transport().takeError();
            default -> socket.kernel().getOption(get.option());
          };
    }
    call.reply(new Reply.Option(value));
    socket.reportEvents();
  }

  void onSet(Call call, Request.SetOption set) {
    OwnedSocket socket = call.session().descriptor(set.descriptor(), Right.SETOPT).socket;
    Object value;
    if (set.option() == null) {
      authority.maySet(call.session(), set.level() + ":" + set.number());
      value = socket.kernel().setOption(set.level(), set.number(), text(set.value()));
    } else {
      authority.maySet(call.session(), socket, set.option(), set.value());
      value = set(socket, set.option(), set.value());
    }
    call.reply(new Reply.Option(value));
    socket.serveWaiting();
  }

  /** Sets one option by name and returns its new value. */
  static Object set(OwnedSocket socket, String option, Object value) {
    if (!option.equals(NON_BLOCKING)) {
      return socket.kernel().setOption(option, value);
    }
    socket.blocking(!flag(value));
    return !socket.isBlocking();
  }

  /** Whether a socket already has that value of an option. */
  static boolean has(OwnedSocket socket, String option, Object value) {
    Object current =
        option.equals(NON_BLOCKING) ? !socket.isBlocking() : currentOrNull(socket, option);
    return value != null && value.equals(current);
  }

  /** Returns null for an option that cannot be read. SO_ERROR would be cleared. */
  private static Object currentOrNull(OwnedSocket socket, String option) {
    if (option.equals(ERROR)) {
      return null;
    }
    try {
      return socket.kernel().getOption(option);
    } catch (RefusedException e) {
      return null;
    }
  }

  void onList(Call call, Request.ListOptions list) {
    OwnedSocket socket = call.session().descriptor(list.descriptor(), Right.GETOPT).socket;
    call.reply(new Reply.Options(all(socket)));
  }

  /**
   * Returns every readable option. Uses the known value of SO_ERROR, because reading it from the
   * kernel would clear it.
   */
  static Map<String, Object> all(OwnedSocket socket) {
    Map<String, Object> options = new LinkedHashMap<>(socket.kernel().options());
    options.put(ERROR, (long) socket.transport().knownError());
    options.put(NON_BLOCKING, !socket.isBlocking());
    return options;
  }

  private static boolean flag(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    } else if (value instanceof Long number && (number == 0 || number == 1)) {
      return number == 1;
    }
    throw new RefusedException(Errno.EINVAL, NON_BLOCKING + " must be true or false");
  }

  private static String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new RefusedException(
        Errno.EINVAL, "the value of an option by number must be a text of hexadecimal bytes");
  }
}
