package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Right;
import java.util.Set;

/** One session's handle on a socket. */
final class Descriptor {
  final long id;
  final Session session;
  final OwnedSocket socket;
  final Set<Right> rights;
  final long openedNanos;
  long bytesIn;
  long bytesOut;

  /** Null without one. */
  Ring ring;

  /** How often its raw fd was given out, or is on its way. */
  int exports;

  Descriptor(long id, Session session, OwnedSocket socket, Set<Right> rights, long openedNanos) {
    this.id = id;
    this.session = session;
    this.socket = socket;
    this.rights = rights;
    this.openedNanos = openedNanos;
  }

  boolean isExported() {
    return exports > 0;
  }

  @Override
  public String toString() {
    return "d" + id;
  }
}
