package dev.sockbroker.broker.core;

import java.util.HashMap;
import java.util.Map;

/** Counts the descriptors and tokens of one socket by user. */
final class SocketUsers {
  private final Map<Long, Integer> counts = new HashMap<>();
  private long last = -1;

  void add(long uid) {
    counts.merge(uid, 1, Integer::sum);
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
