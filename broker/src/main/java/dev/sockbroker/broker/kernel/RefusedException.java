package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Errno;

/**
 * A request that the contract or the kernel refuses. It becomes the error reply, and the request
 * changes nothing. It has no stack trace, because a mistake of a client is not a defect of the
 * broker.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int errno;
  private final boolean timedOut;
  private final boolean byPolicy;

  /**
   * @param errno positive
   * @param message a sentence for people: what was refused and what to do
   */
  public RefusedException(int errno, String message) {
    this(errno, message, false, false);
  }

  private RefusedException(int errno, String message, boolean timedOut, boolean byPolicy) {
    super(message, null, false, false);
    this.errno = errno;
    this.timedOut = timedOut;
    this.byPolicy = byPolicy;
  }

  /** The policy does not allow it (rule 75). */
  public static RefusedException byPolicy(String message) {
    return new RefusedException(Errno.EACCES, message, false, true);
  }

  /** The operation's own time limit has passed (rule 24). */
  public static RefusedException timedOut(String message) {
    return new RefusedException(Errno.ETIMEDOUT, message, true, false);
  }

  /**
   * The outcome of connecting, accepting, sending or receiving.
   *
   * @param errno positive
   */
  public static RefusedException ofTransfer(int errno) {
    return new RefusedException(errno, TransferErrors.sentence(errno));
  }

  /**
   * The kernel refused a system call.
   *
   * @param answer what the call returned: -errno
   * @param attempt what was attempted, without a full stop; a colon and the reason follow
   */
  public static RefusedException ofCall(int answer, String attempt) {
    return ofCall(answer, attempt, CallErrors.reason(-answer));
  }

  /** As above, for a caller that knows a better reason than the errno gives. */
  public static RefusedException ofCall(int answer, String attempt, String reason) {
    return new RefusedException(-answer, attempt + ": " + reason);
  }

  public int errno() {
    return errno;
  }

  /** Whether the policy has refused it, so that it is in the audit already. */
  public boolean isByPolicy() {
    return byPolicy;
  }

  public boolean isTimedOut() {
    return timedOut;
  }
}
