package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedSession;

/**
 * A pending notification of a session, whose content is created when the session can take it. So a
 * slow session costs one notice for each registration and object, no matter how much happens (rule
 * 31).
 */
sealed interface Notice permits Registration, EventObject, WatchFeed, Ring, StreamLane {
  /** Sends the current content, which may be empty by now. */
  void deliver(SessionProxy proxy);

  SavedSession.Notice save();
}
