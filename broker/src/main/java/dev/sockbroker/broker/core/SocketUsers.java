package dev.sockbroker.broker.core;

import java.util.HashMap;
import java.util.Map;

/** Counts the descriptors and tokens of one socket by user, and the descriptors by session. */
final class SocketUsers {
  private final Map<Long, Integer> counts = new HashMap<>();

  /** By the session's id. */
  private final Map<Long, Integer> sessions = new HashMap<>();

  private long last = -1;

  void add(long uid) {
    counts.merge(uid, 1, Integer::sum);
  }

  void addHolder(Session session) {
    add(session.identity().uid());
    sessions.merge(session.id(), 1, Integer::sum);
  }

  void removeHolder(Session session) {
    remove(session.identity().uid());
    sessions.computeIfPresent(session.id(), (id, count) -> count == 1 ? null : count - 1);
  }

  /** Whether a session has a descriptor. */
  boolean holds(long session) {
    return sessions.containsKey(session);
  }

  void remove(long uid) {
    counts.computeIfPresent(uid, (user, count) -> count == 1 ? null : count - 1);
    last = uid;
  }

  /** The user of the last descriptor or token that is gone, -1 for none. */
  long last() {
    return last;
  }

  void restore(long lastUser) {
    last = lastUser;
  }

  boolean contains(long uid) {
    return counts.containsKey(uid);
  }

  /** Whether nobody holds the socket any more and this user was its last holder. */
  boolean wasLast(long uid) {
    return counts.isEmpty() && last == uid;
  }
}
