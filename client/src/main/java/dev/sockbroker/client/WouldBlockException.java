package dev.sockbroker.client;

/**
 * The operation cannot proceed now and does not wait: the socket is non-blocking, the call's own
 * time is zero, or the socket's time-out option has passed (EAGAIN; EINPROGRESS for a connect that
 * goes on). Contract, rule 24.
 */
public final class WouldBlockException extends BrokerException {
  private static final long serialVersionUID = 1;

  WouldBlockException(int errno, String message) {
    super(errno, message);
  }
}
