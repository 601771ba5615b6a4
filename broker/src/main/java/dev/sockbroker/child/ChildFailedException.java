package dev.sockbroker.child;

import java.io.IOException;

/** A child process failed to do what it was asked. */
public final class ChildFailedException extends IOException {
  private static final long serialVersionUID = 1;

  public ChildFailedException(String message) {
    super(message);
  }

  ChildFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
