package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Event.What;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sessions that watch what happens in the broker. Each is only told what it may see. */
final class Watchers {
  private final InstantSource clock;
  private final Map<Session, WatchFeed> feeds = new LinkedHashMap<>();

  Watchers(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * @throws RefusedException if there are too many, because each happening is sent to all of them
   */
  void watch(Session session, boolean on) {
    if (!on) {
      stop(session);
    } else if (!feeds.containsKey(session)) {
      session.account().charge(Resource.WATCHERS, 1);
      feeds.put(session, new WatchFeed(session));
    }
  }

  /** Returns the feed of a session, or null if it does not watch. */
  WatchFeed feed(Session session) {
    return feeds.get(session);
  }

  void restore(Session session, SavedSession.Feed saved) {
    session.account().force(Resource.WATCHERS, 1);
    WatchFeed feed = new WatchFeed(session);
    feed.restore(saved);
    feeds.put(session, feed);
  }

  private void stop(Session session) {
    WatchFeed feed = feeds.remove(session);
    if (feed != null) {
      session.account().release(Resource.WATCHERS, 1);
      feed.end();
    }
  }

  /** Reports that a session has started or ended. */
  void happened(What what, Session session) {
    if (feeds.isEmpty()) {
      return;
    }
    Event.Happening happening = happening(what, 0, 0, session, session.client());
    feeds.forEach(
        (viewer, feed) -> {
          if (viewer.maySee(session)) {
            feed.add(happening);
          }
        });
  }

  /** Reports what concerns everybody. */
  void happened(What what, String detail) {
    Event.Happening happening = happening(what, 0, 0, null, detail);
    feeds.values().forEach(feed -> feed.add(happening));
  }

  /**
   * @param descriptor 0 for none
   * @param session the session that caused it, or null
   */
  void happened(What what, OwnedSocket socket, long descriptor, Session session, String detail) {
    if (feeds.isEmpty()) {
      return;
    }
    Event.Happening whole = happening(what, socket.id(), descriptor, session, detail);
    Event.Happening anonymous = happening(what, socket.id(), 0, null, detail);
    feeds.forEach(
        (viewer, feed) -> {
          if (seesWho(viewer, socket, session)) {
            feed.add(whole);
          } else if (isOfTheSocket(what) && Sight.of(socket, viewer) == Sight.SOCKET) {
            feed.add(anonymous);
          }
        });
  }

  private static boolean seesWho(Session viewer, OwnedSocket socket, Session session) {
    return session != null && viewer.maySee(session)
        || socket.users().wasLast(viewer.identity().uid())
        || Sight.of(socket, viewer) == Sight.HOLDERS;
  }

  /** Whether a happening is about the socket itself. All others are about one of its holders. */
  private static boolean isOfTheSocket(What what) {
    return what == What.OPENED || what == What.NAMED || what == What.SOCKET_CLOSED;
  }

  private Event.Happening happening(
      What what, long socket, long descriptor, Session session, String detail) {
    return new Event.Happening(
        clock.millis(),
        what,
        socket,
        descriptor,
        session == null ? 0 : session.id(),
        session == null ? 0 : session.identity().pid(),
        detail,
        0);
  }
}
