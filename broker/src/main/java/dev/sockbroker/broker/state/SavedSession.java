package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Lifetime;
import java.util.List;

/**
 * One session.
 *
 * @param ended whether only something that it has created is left, such as a token or a socket
 * @param waits in the order in which they began
 * @param notices what it has not been told yet, in the order in which it happened
 * @param feed null if it does not watch the broker
 * @param groups of its user, as the kernel recorded them
 * @param units the systemd unit of its process, behind its slices
 * @param opens opens that connect, and other requests that the next broker begins again, in the
 *     order in which they began
 * @param begun the sends that a killed broker had begun for requests that come again
 */
public record SavedSession(
    long id,
    int pid,
    long uid,
    boolean ended,
    boolean welcomed,
    String client,
    boolean administrator,
    Lifetime lifetime,
    long startedNanos,
    long requestedNanos,
    List<EventObject> eventObjects,
    List<Wait> waits,
    List<Notice> notices,
    Feed feed,
    @Since(5) List<Long> groups,
    @Since(5) List<String> units,
    @Since(5) List<Opening> opens,
    @Since(6) List<Begun> begun) {

  /**
   * A send whose request comes again.
   *
   * @param taken how many of its bytes the kernel has taken
   */
  public record Begun(long requestId, long taken) {}

  /** The same with other sends that come again. */
  public SavedSession with(List<Begun> sends) {
    return new SavedSession(
        id,
        pid,
        uid,
        ended,
        welcomed,
        client,
        administrator,
        lifetime,
        startedNanos,
        requestedNanos,
        eventObjects,
        waits,
        notices,
        feed,
        groups,
        units,
        opens,
        sends);
  }

  /** An event object. */
  public record EventObject(long id, boolean set) {}

  /**
   * A wait for event objects.
   *
   * @param deadline null without a time limit
   */
  public record Wait(SavedCall call, List<Long> objects, boolean all, Deadline deadline) {}

  /**
   * An open that connects. It has changed nothing yet, so it begins again.
   *
   * @param deadline null without a time limit
   */
  public record Opening(SavedCall call, Deadline deadline) {}

  /**
   * A notification that the session has not been sent.
   *
   * @param id of the descriptor that is registered or has the lane, or of the event object; 0 for
   *     the feed
   */
  public record Notice(Kind kind, long id) {
    /** What the notification is about. */
    public enum Kind {
      REGISTRATION,
      EVENT_OBJECT,
      RING,
      FEED,
      STREAM
    }
  }

  /**
   * The happenings that a watching session has not been sent.
   *
   * @param lost how many were dropped after the last of them
   */
  public record Feed(List<Event.Happening> untold, long lost) {}
}
