package dev.sockbroker.broker.state;

/** A saved state cannot be read. The message says why, for people. */
public final class UnreadableStateException extends Exception {
  private static final long serialVersionUID = 1;

  UnreadableStateException(String message) {
    super(message);
  }
}
