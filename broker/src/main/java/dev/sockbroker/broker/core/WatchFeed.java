package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The pending happenings for one watching session. Their number is bounded, and omitted ones are
 * counted.
 */
final class WatchFeed implements Notice {
  private static final int UNTOLD_MAX = 1024;

  /** The memory of one happening without its text. */
  private static final int HAPPENING_BYTES = 96;

  private final Session session;
  private final ArrayDeque<Event.Happening> untold = new ArrayDeque<>();
  private long lost;

  WatchFeed(Session session) {
    this.session = session;
  }

  void add(Event.Happening happening) {
    session.change().note();
    if (untold.size() == UNTOLD_MAX
        || !session.account().hasRoom(Resource.BUFFERED_BYTES, cost(happening))) {
      lost++;
      return;
    }
    session.account().force(Resource.BUFFERED_BYTES, cost(happening));
    untold.add(lost == 0 ? happening : after(happening, lost));
    lost = 0;
    session.notice(this);
  }

  SavedSession.Feed saveFeed() {
    return new SavedSession.Feed(List.copyOf(untold), lost);
  }

  void restore(SavedSession.Feed saved) {
    for (Event.Happening it : saved.untold()) {
      session.account().force(Resource.BUFFERED_BYTES, cost(it));
      untold.add(it);
    }
    lost = saved.lost();
  }

  private static Event.Happening after(Event.Happening it, long lost) {
    return new Event.Happening(
        it.timeMillis(),
        it.what(),
        it.socket(),
        it.descriptor(),
        it.session(),
        it.pid(),
        it.detail(),
        lost);
  }

  private Event.Happening take() {
    Event.Happening first = untold.poll();
    session.account().release(Resource.BUFFERED_BYTES, cost(first));
    return first;
  }

  private static long cost(Event.Happening it) {
    return HAPPENING_BYTES + (it.detail() == null ? 0 : 2L * it.detail().length());
  }

  /** Ends the feed. */
  void end() {
    session.forget(this);
    while (!untold.isEmpty()) {
      take();
    }
  }

  @Override
  public SavedSession.Notice save() {
    return new SavedSession.Notice(SavedSession.Notice.Kind.FEED, 0);
  }

  @Override
  public void deliver(SessionProxy proxy) {
    while (!untold.isEmpty() && proxy.isWritable()) {
      proxy.event(0, take());
    }
    if (!untold.isEmpty()) {
      session.notice(this);
    }
  }
}
