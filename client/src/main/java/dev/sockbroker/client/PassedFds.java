package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;

/**
 * A reply and the fds that came before it.
 *
 * @param failure why they could not be taken, or null
 */
record PassedFds(Reply reply, int[] fds, IOException failure) {
  /** An operation whose reply stands for so many fds. */
  static Operation<PassedFds> operation(
      Request request, SharedSocket socket, FdConnection connection, int count) {
    Taking taking = new Taking(connection, count);
    taking.operation =
        new Operation<>(request, socket, null, (reply, payload) -> taking.take(reply));
    return taking.operation;
  }

  /** The fds; the caller owns them. */
  int[] get() throws IOException {
    if (failure != null) {
      throw failure;
    }
    return fds;
  }

  /** On the I/O thread, in the order of the replies and so of the fds. */
  private static final class Taking {
    private final FdConnection connection;
    private final int count;
    private Operation<PassedFds> operation;

    Taking(FdConnection connection, int count) {
      this.connection = connection;
      this.count = count;
    }

    PassedFds take(Reply reply) {
      try {
        return new PassedFds(reply, connection.take(operation.id(), count), null);
      } catch (IOException e) {
        return new PassedFds(reply, null, e);
      }
    }
  }
}
