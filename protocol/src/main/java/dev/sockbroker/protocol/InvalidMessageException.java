package dev.sockbroker.protocol;

/**
 * A message that is well written and makes no sense: a field is missing, of the wrong kind or out
 * of range, or the type is unknown. It is answered with an error; the session lives on.
 */
public final class InvalidMessageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int errno;

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
