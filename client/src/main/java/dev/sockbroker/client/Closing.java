package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * Closes objects in the broker. If the session has ended, or on a second call, nothing is left to
 * do.
 */
final class Closing {
  private Closing() {}

  static void close(Session session, Operation<Void> operation) throws IOException {
    try {
      session.call(operation);
    } catch (BrokerGoneException | ClosedChannelException e) {
      return;
    } catch (BrokerException e) {
      if (e.errno() != Errno.EBADF && e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
  }
}
