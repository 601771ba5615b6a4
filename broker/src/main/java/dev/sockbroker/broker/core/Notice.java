package dev.sockbroker.broker.core;

/**
 * Something that a session is to be told, and that is made up only when the session takes it. So a
 * slow session costs one notice for each registration and object, however much happens (rule 31).
 */
sealed interface Notice permits Registration, EventObject, WatchFeed, Ring {
  /** Says now what there is to say, which may be nothing any more. */
  void deliver(SessionProxy proxy);
}
