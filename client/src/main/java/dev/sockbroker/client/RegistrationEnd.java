package dev.sockbroker.client;

/**
 * Another session or descriptor ended a descriptor's registration, or an administrator took the
 * descriptor away (contract, rule 30).
 *
 * @param number the registration that ended, 0 for {@link Reason#REVOKED}
 * @param pid of the process that did it, as the broker sees it
 * @param session the session that did it
 * @param standsBy whether the replaced registration now stands by ({@link WhenReplaced#STAND_BY})
 */
public record RegistrationEnd(
    SharedSocket socket, Reason reason, long number, int pid, long session, boolean standsBy) {

  /** The end of a registration that does not stand by. */
  public RegistrationEnd(SharedSocket socket, Reason reason, long number, int pid, long session) {
    this(socket, reason, number, pid, session, false);
  }

  /** Why it ended. */
  public enum Reason {
    /** Another registration replaced it. */
    REPLACED,
    /** It was cancelled. The socket's events now have no receiver. */
    CANCELLED,
    /** It no longer stands by, because somebody cancelled every registration of the socket. */
    STANDBY_ENDED,
    /** An administrator took the descriptor away. It is closed. */
    REVOKED
  }
}
