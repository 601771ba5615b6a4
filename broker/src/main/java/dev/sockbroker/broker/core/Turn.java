package dev.sockbroker.broker.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * One turn of the loop. Sessions to which something was written are flushed once at its end. So a
 * burst of requests needs one write, and replies are sent before the events that they cause (rule
 * 31).
 */
final class Turn {
  private final Executor loop;
  private final Changes changes;
  private final BiConsumer<Session, RuntimeException> onFailed;
  private final Runnable end = this::end;
  private List<Session> touched = new ArrayList<>();
  private List<Session> ending = new ArrayList<>();
  private boolean scheduled;

  /**
   * @param onFailed called with a session to which not everything could be sent; it must be ended
   */
  Turn(Executor loop, Changes changes, BiConsumer<Session, RuntimeException> onFailed) {
    this.loop = loop;
    this.changes = changes;
    this.onFailed = onFailed;
  }

  void touch(Session session) {
    if (!session.touched) {
      session.touched = true;
      touched.add(session);
      schedule();
    }
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      loop.execute(end);
    }
  }

  private void end() {
    scheduled = false;
    List<Session> sessions = touched;
    touched = ending;
    ending = sessions;
    for (int i = 0; i < sessions.size(); i++) {
      sessions.get(i).touched = false;
    }
    int done = 0;
    try {
      while (done < sessions.size()) {
        tell(sessions.get(done++));
      }
      // Nobody may be told what a killed broker would have forgotten.
      changes.commit();
      for (int i = 0; i < sessions.size(); i++) {
        sessions.get(i).flush();
      }
    } finally {
      // If ending a session has failed as well, the sessions after it still get their turn.
      for (int i = done; i < sessions.size(); i++) {
        touch(sessions.get(i));
      }
      sessions.clear();
    }
  }

  private void tell(Session session) {
    try {
      session.tell();
    } catch (RuntimeException e) {
      onFailed.accept(session, e);
    }
  }
}
