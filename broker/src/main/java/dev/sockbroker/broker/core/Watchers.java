package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Event;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sessions that asked to be told what happens in the broker. */
final class Watchers {
  private final InstantSource clock;
  private final Map<Session, WatchFeed> feeds = new LinkedHashMap<>();

  Watchers(InstantSource clock) {
    this.clock = clock;
  }

  void watch(Session session, boolean on) {
    if (on) {
      feeds.computeIfAbsent(session, WatchFeed::new);
    } else {
      WatchFeed feed = feeds.remove(session);
      if (feed != null) {
        session.forget(feed);
      }
    }
  }

  /**
   * @param session who did it; null for nobody
   */
  void happened(Event.What what, long socket, long descriptor, Session session, String detail) {
    if (feeds.isEmpty()) {
      return;
    }
    Event.Happening happening =
        new Event.Happening(
            clock.millis(),
            what,
            socket,
            descriptor,
            session == null ? 0 : session.id(),
            session == null ? 0 : session.identity().pid(),
            detail,
            0);
    feeds.values().forEach(feed -> feed.add(happening));
  }
}
