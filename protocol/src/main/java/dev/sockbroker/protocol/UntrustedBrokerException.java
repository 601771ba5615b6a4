package dev.sockbroker.protocol;

import java.io.IOException;

/** The process that listens at the broker's path is not trusted. */
public final class UntrustedBrokerException extends IOException {
  private static final long serialVersionUID = 1;

  UntrustedBrokerException(String message) {
    super(message);
  }
}
