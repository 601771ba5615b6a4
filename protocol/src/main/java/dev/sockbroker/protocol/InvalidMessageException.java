package dev.sockbroker.protocol;

/**
 * A message with valid syntax but without meaning: a field is missing, has the wrong kind or is out
 * of range, or the type is unknown. The reply is an error, and the session continues.
 */
public final class InvalidMessageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /** An invalid message with errno EINVAL. */
  public InvalidMessageException(String message) {
    this(Errno.EINVAL, message);
  }

  public InvalidMessageException(int errno, String message) {
    super(message);
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }
}
