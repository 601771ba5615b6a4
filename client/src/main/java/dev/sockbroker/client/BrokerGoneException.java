package dev.sockbroker.client;

import java.io.IOException;

/**
 * The connection to the broker has ended: it was stopped, it was killed, or it ended this session.
 * Every call that waits fails with it at once, and every later one.
 */
public final class BrokerGoneException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what is known of the end
   * @param cause what the connection said, or null for its plain end
   */
  public BrokerGoneException(String message, Throwable cause) {
    super(message, cause);
  }
}
