package dev.sockbroker.client;

/**
 * Somebody else ended what a descriptor had (contract, rule 30).
 *
 * @param number the registration that ended, 0 in {@link Reason#REVOKED}
 * @param pid of who did it, as the broker sees it
 * @param session of who did it
 * @param standsBy it was replaced and stands by now ({@link WhenReplaced#STAND_BY})
 */
public record RegistrationEnd(
    SharedSocket socket, Reason reason, long number, int pid, long session, boolean standsBy) {

  /** It does not stand by. */
  public RegistrationEnd(SharedSocket socket, Reason reason, long number, int pid, long session) {
    this(socket, reason, number, pid, session, false);
  }

  /** What was done. */
  public enum Reason {
    /** Another registration took its place. */
    REPLACED,
    /** It was cancelled, and nobody is told of the socket's events now. */
    CANCELLED,
    /** It stood by, and stands by no longer: somebody cancelled any registration of the socket. */
    STANDBY_ENDED,
    /** An administrator took the descriptor away: it is closed. */
    REVOKED
  }
}
