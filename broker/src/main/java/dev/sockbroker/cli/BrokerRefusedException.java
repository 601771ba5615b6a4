package dev.sockbroker.cli;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import java.io.IOException;

/** The broker answered a request with an error. */
final class BrokerRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  BrokerRefusedException(Reply.Error error) {
    super(error.error() + " (" + error.errno() + "): " + error.message());
    errno = error.errno();
  }

  int errno() {
    return errno;
  }

  /** Whether what the command names does not exist: a name, or an id. */
  boolean isNoSuchThing() {
    return errno == Errno.ENOENT || errno == Errno.EBADF;
  }
}
