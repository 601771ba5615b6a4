package dev.sockbroker.broker.core;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The connections that have not said hello, in order of arrival. */
final class Newcomers {
  private final Set<Session> sessions = new LinkedHashSet<>();

  void add(Session session) {
    sessions.add(session);
  }

  void remove(Session session) {
    sessions.remove(session);
  }

  /**
   * Returns the session to drop if another connection needs its place: the oldest one of the user
   * with the most newcomers. So a user with many connections only drops its own. Null if there is
   * none.
   */
  Session firstToGo() {
    Map<Long, Integer> byUser = new HashMap<>();
    for (Session session : sessions) {
      byUser.merge(session.identity().uid(), 1, Integer::sum);
    }
    int most = byUser.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    for (Session session : sessions) {
      if (byUser.get(session.identity().uid()) == most) {
        return session;
      }
    }
    return null;
  }
}
