package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Event.What;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sessions that watch what happens in the broker. Each is only told what it may see. */
final class Watchers {
  private final Environment environment;
  private final Map<Session, WatchFeed> feeds = new LinkedHashMap<>();

  Watchers(Environment environment) {
    this.environment = environment;
  }

  /**
   * @throws RefusedException if there are too many, because each happening is sent to all of them
   */
  void watch(Session session, boolean on) {
    if (!on) {
      stop(session);
    } else if (!feeds.containsKey(session)) {
      session.account().charge(Resource.WATCHERS, 1);
      begin(session, new WatchFeed(session));
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
    begin(session, feed);
  }

  private void begin(Session session, WatchFeed feed) {
    feeds.put(session, feed);
    session.feed(feed);
  }

  private void stop(Session session) {
    WatchFeed feed = feeds.remove(session);
    if (feed != null) {
      session.account().release(Resource.WATCHERS, 1);
      session.feed(null);
      feed.end();
    }
  }

  private Policy policy() {
    return environment.terms().policy();
  }

  /** Reports that a session has started or ended. */
  void happened(What what, Session session) {
    happened(what, session, session.client());
  }

  /** Reports what concerns a session. */
  void happened(What what, Session session, String detail) {
    if (feeds.isEmpty()) {
      return;
    }
    Event.Happening happening = happening(what, 0, 0, session, detail);
    feeds.forEach(
        (viewer, feed) -> {
          if (Sight.isOf(session, viewer, policy())) {
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
          } else if (isOfTheSocket(what) && Sight.of(socket, viewer, policy()) == Sight.SOCKET) {
            feed.add(anonymous);
          }
        });
  }

  private boolean seesWho(Session viewer, OwnedSocket socket, Session session) {
    return session != null && Sight.isOf(session, viewer, policy())
        || Sight.isOfLast(socket, viewer, policy())
        || Sight.of(socket, viewer, policy()) == Sight.HOLDERS;
  }

  /** Whether a happening is about the socket itself. All others are about one of its holders. */
  private static boolean isOfTheSocket(What what) {
    return what == What.OPENED || what == What.NAMED || what == What.SOCKET_CLOSED;
  }

  private Event.Happening happening(
      What what, long socket, long descriptor, Session session, String detail) {
    return new Event.Happening(
        environment.clock().millis(),
        what,
        socket,
        descriptor,
        session == null ? 0 : session.id(),
        session == null ? 0 : session.identity().pid(),
        detail,
        0);
  }
}
