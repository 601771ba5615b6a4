package dev.sockbroker.protocol;

import java.io.IOException;

/** Something listens at the broker's path, and it is nobody to be trusted. */
public final class UntrustedBrokerException extends IOException {
  private static final long serialVersionUID = 1;

  UntrustedBrokerException(String message) {
    super(message);
  }
}
