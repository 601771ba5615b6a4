package dev.sockbroker.client;

/**
 * Somebody else ended what a descriptor had (contract, rule 30).
 *
 * @param number the registration that ended, 0 in {@link Reason#REVOKED}
 * @param pid of who did it, as the broker sees it
 * @param session of who did it
 */
public record RegistrationEnd(
    SharedSocket socket, Reason reason, long number, int pid, long session) {

  /** What was done. */
  public enum Reason {
    /** Another registration took its place. */
    REPLACED,
    /** It was cancelled, and nobody is told of the socket's events now. */
    CANCELLED,
    /** An administrator took the descriptor away: it is closed. */
    REVOKED
  }
}
