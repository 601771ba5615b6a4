package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;

/**
 * A request whose reply comes in a later task, because it needs files, other threads or many looks:
 * a reload, a report or an upgrade. If the broker is killed before the reply, the next one begins
 * it again (rule 84). Loop thread only.
 */
final class DeferredReply implements Waiting {
  private final Call call;
  private boolean over;

  DeferredReply(Call call) {
    this.call = call;
  }

  /**
   * Starts to wait.
   *
   * @throws RefusedException if the session's limit is reached
   */
  void begin() {
    call.session().startWaiting(call, this, 1);
  }

  /** Waits again, without checking limits, after another broker was killed. */
  void restore() {
    call.session().restoreWaiting(call, this, 1);
  }

  Call call() {
    return call;
  }

  Session session() {
    return call.session();
  }

  /** Whether nobody waits for the reply any more. */
  boolean isOver() {
    return over;
  }

  /** Does nothing if nobody waits for it. */
  void reply(Reply reply) {
    if (!over) {
      leave();
      call.reply(reply);
    }
  }

  /** Does nothing if nobody waits for it. */
  @Override
  public void refuse(RefusedException why) {
    if (!over) {
      leave();
      call.refuse(why);
    }
  }

  /** Ends it without a reply. */
  void leave() {
    if (!over) {
      over = true;
      call.session().stopWaiting(call, 1);
    }
  }

  /**
   * Starts over in a new broker: ends this wait and returns the request to handle. An upgrade is
   * refused instead, because it may have caused the crash.
   *
   * @return null if there is nothing to handle
   */
  Call again() {
    if (call.request() instanceof Request.Upgrade) {
      refuse(
          new RefusedException(
              Errno.ECANCELED, "the broker was killed during the upgrade; this one continues"));
      return null;
    }
    boolean isWanted = !over;
    leave();
    return isWanted ? call : null;
  }

  SavedSession.Opening save() {
    return new SavedSession.Opening(call.save(), null);
  }
}
