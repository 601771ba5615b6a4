package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/** Closing what lives in the broker: with the session gone, or at the second time, it is closed. */
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
