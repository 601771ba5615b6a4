package dev.sockbroker.broker.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * One pass of the loop. Sessions that something was said to in it are flushed once at its end: one
 * write for a burst of requests, and replies go out before the events that they cause (rule 31).
 */
final class Turn {
  private final Executor loop;
  private final Runnable end = this::end;
  private final Set<Session> touched = new LinkedHashSet<>();
  private boolean scheduled;

  Turn(Executor loop) {
    this.loop = loop;
  }

  void touch(Session session) {
    if (touched.add(session) && !scheduled) {
      scheduled = true;
      loop.execute(end);
    }
  }

  private void end() {
    scheduled = false;
    List<Session> sessions = new ArrayList<>(touched);
    touched.clear();
    sessions.forEach(Session::endTurn);
  }
}
