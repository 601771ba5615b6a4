package dev.sockbroker.protocol;

/**
 * A message that the broker sends without a request. Its frame has request id 0, except that of
 * {@link SendReady}.
 */
public sealed interface Event extends Message {
  /**
   * An event of the message form. {@code number} is that of the registration; {@code error} is 0 or
   * an errno.
   */
  record Network(long descriptor, NetworkEvent event, int error, long number) implements Event {}

  /** The session's event object was set. */
  record ObjectSignalled(long object) implements Event {}

  /**
   * Another descriptor ended this one's registration (rule 30).
   *
   * @param number the registration that ended
   * @param pid of the process that did it
   * @param session the session that did it
   * @param cancelled whether it was cancelled with mask 0, so that the socket's events have no
   *     receiver
   * @param standby whether the descriptor now stands by (rule 51)
   */
  record Replaced(
      long descriptor, long number, int pid, long session, boolean cancelled, boolean standby)
      implements Event {
    /** The end of a registration that does not stand by. */
    public Replaced(long descriptor, long number, int pid, long session, boolean cancelled) {
      this(descriptor, number, pid, session, cancelled, false);
    }
  }

  /**
   * The descriptor, which stood by, has become the registrant again (rule 51).
   *
   * @param number of its new registration
   * @param formerNumber of its earlier registration, which was replaced
   */
  record Promoted(long descriptor, long number, long formerNumber) implements Event {}

  /**
   * The descriptor no longer stands by, because somebody cancelled every registration of the socket
   * (rule 51).
   *
   * @param number of its earlier registration, which was replaced
   * @param pid of the process that did it
   * @param session the session that did it
   */
  record StandbyEnded(long descriptor, long number, int pid, long session) implements Event {}

  /** The administrator with this pid and session took the descriptor away. It is closed. */
  record Revoked(long descriptor, int pid, long session) implements Event {}

  /**
   * The broker asks for the next part of the send with the frame's request id, at most {@code
   * length} bytes.
   */
  record SendReady(long descriptor, int length) implements Event {}

  /** The position that the session waits for in the descriptor's ring was reached. */
  record RingReady(long descriptor) implements Event {}

  /**
   * A direction of the descriptor's stream has ended: receiving, after all bytes were passed on, or
   * sending, after which written bytes are discarded.
   *
   * @param error 0 if the peer has ended its stream; otherwise the errno of the connection
   */
  record StreamEnded(long descriptor, Direction direction, int error) implements Event {}

  /** The broker is about to end. This is the last frame. */
  record Stopping(String reason) implements Event {}

  /**
   * Something that happened, for {@code watch}.
   *
   * @param timeMillis since 1970
   * @param socket 0 if the event is not about a socket; likewise descriptor, session and pid
   * @param detail words for people, which may change
   * @param lost the number of earlier events that were dropped because the watcher did not read
   */
  record Happening(
      long timeMillis,
      What what,
      long socket,
      long descriptor,
      long session,
      int pid,
      String detail,
      long lost)
      implements Event {}

  /** The kinds of happenings. */
  enum What {
    SESSION_STARTED,
    SESSION_ENDED,
    OPENED,
    ATTACHED,
    ACCEPTED,
    NAMED,
    DUPLICATED,
    REDEEMED,
    TOKEN_ENDED,
    REGISTERED,
    REPLACED,
    PROMOTED,
    CANCELLED,
    REVOKED,
    EXPORTED,
    CLOSED,
    SOCKET_CLOSED,
    UPGRADED,
    REFUSED,
    RELOADED,
    RECOVERED
  }
}
