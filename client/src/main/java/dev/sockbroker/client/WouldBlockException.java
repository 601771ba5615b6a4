package dev.sockbroker.client;

/**
 * The operation cannot proceed now and the socket does not wait: it is non-blocking, or its own
 * time-out option has passed (EAGAIN; EINPROGRESS for a connect that goes on). Contract, rule 24.
 */
public final class WouldBlockException extends BrokerException {
  private static final long serialVersionUID = 1;

  WouldBlockException(int errno, String message) {
    super(errno, message);
  }
}
