package dev.sockbroker.protocol;

/**
 * What the broker tells unasked. Its frame has request id 0, that of {@link SendReady} excepted.
 */
public sealed interface Event extends Message {
  /**
   * An event of the message form; {@code number} is the registration's, {@code error} 0 or an
   * errno.
   */
  record Network(long descriptor, NetworkEvent event, int error, long number) implements Event {}

  /** The session's event object was set. */
  record ObjectSignalled(long object) implements Event {}

  /**
   * Another descriptor's registration ended this one (rule 30).
   *
   * @param number the registration that ended
   * @param pid of who did it
   * @param session of who did it
   * @param cancelled it was cancelled by mask 0, and nobody is told of events now
   * @param standby the descriptor stands by now (rule 51)
   */
  record Replaced(
      long descriptor, long number, int pid, long session, boolean cancelled, boolean standby)
      implements Event {
    /** The descriptor does not stand by. */
    public Replaced(long descriptor, long number, int pid, long session, boolean cancelled) {
      this(descriptor, number, pid, session, cancelled, false);
    }
  }

  /**
   * The descriptor stood by and is the registrant again (rule 51).
   *
   * @param number of its new registration
   * @param formerNumber of its registration that was replaced
   */
  record Promoted(long descriptor, long number, long formerNumber) implements Event {}

  /**
   * The descriptor stands by no longer: somebody cancelled any registration of the socket (rule
   * 51).
   *
   * @param number of its registration that was replaced
   * @param pid of who did it
   * @param session of who did it
   */
  record StandbyEnded(long descriptor, long number, int pid, long session) implements Event {}

  /** The administrator with this pid and session took the descriptor away; it is closed. */
  record Revoked(long descriptor, int pid, long session) implements Event {}

  /**
   * The next part of the send with the frame's request id is wanted, at most {@code length} bytes.
   */
  record SendReady(long descriptor, int length) implements Event {}

  /** What the session waits for in the descriptor's ring has come. */
  record RingReady(long descriptor) implements Event {}

  /** The broker ends; this is the last frame. */
  record Stopping(String reason) implements Event {}

  /**
   * Something that happened, for {@code watch}.
   *
   * @param timeMillis since 1970
   * @param socket 0 where there is none; so are descriptor, session and pid
   * @param detail in words, free to change
   * @param lost how many were left out before this one, since the watcher did not read
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

  /** What can happen. */
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
    SOCKET_CLOSED
  }
}
