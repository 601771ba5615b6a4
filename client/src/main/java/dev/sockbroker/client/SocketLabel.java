package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.SocketType;

/**
 * What the library has seen of a socket, for {@link SharedSocket#toString}. Nothing is asked for
 * it, so it can be out of date: other holders name and connect the socket too. Thread-safe.
 */
final class SocketLabel {
  private final long descriptor;
  private final String kind;
  private volatile String name;
  private volatile Address local;
  private volatile Address peer;

  SocketLabel(Reply.Opened opened) {
    descriptor = opened.descriptor();
    kind = kind(opened.family(), opened.type());
    local = opened.local();
    peer = opened.peer();
  }

  private static String kind(Family family, SocketType type) {
    boolean isStream = type == SocketType.STREAM;
    return switch (family) {
      case INET -> isStream ? "tcp" : "udp";
      case INET6 -> isStream ? "tcp6" : "udp6";
      case UNIX -> isStream ? "unix" : "unix-dgram";
    };
  }

  /**
   * @param now null if the socket has none any more
   */
  void onNamed(String now) {
    name = now;
  }

  void onBound(Address to) {
    boolean isChosenByKernel = to.path() == null ? to.port() == 0 : to.path().isEmpty();
    local = isChosenByKernel ? null : to;
  }

  void onConnected(Address to) {
    peer = to;
  }

  void onAddresses(Reply.Addresses addresses) {
    local = addresses.local();
    peer = addresses.peer();
  }

  /** Abstract Unix names may contain anything; a log line must stay one line. */
  String text(boolean isClosed) {
    StringBuilder text = new StringBuilder("d").append(descriptor).append(' ').append(kind);
    append(text, " \"", name, "\"");
    append(text, " ", local, "");
    append(text, " -> ", peer, "");
    append(text, " (", isClosed ? "closed" : null, ")");
    return text.toString().replaceAll("\\p{Cntrl}", "?");
  }

  private static void append(StringBuilder text, String before, Object what, String after) {
    if (what != null) {
      text.append(before).append(what).append(after);
    }
  }
}
