package dev.sockbroker.client;

/**
 * The operation cannot proceed now and may not wait (contract, rule 24). The socket is
 * non-blocking, the call's time is zero, or the socket's time-out option has expired. The errno is
 * EAGAIN, or EINPROGRESS for a connect that continues.
 */
public final class WouldBlockException extends BrokerException {
  private static final long serialVersionUID = 1;

  WouldBlockException(int errno, String message) {
    super(errno, message);
  }
}
