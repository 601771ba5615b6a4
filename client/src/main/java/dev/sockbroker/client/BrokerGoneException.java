package dev.sockbroker.client;

import java.io.IOException;

/**
 * The connection to the broker has ended: the broker stopped, was killed, or ended this session.
 * All waiting and all later calls fail with this exception.
 */
public final class BrokerGoneException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what is known about the end
   * @param cause the error of the connection, or null if it ended normally
   */
  public BrokerGoneException(String message, Throwable cause) {
    super(message, cause);
  }
}
