package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;

/**
 * A reply and the fds that preceded it.
 *
 * @param failure why they could not be taken, or null
 */
record PassedFds(Reply reply, int[] fds, IOException failure) {
  /** Processes the messages of a reply, on the thread that reads, in the order of the replies. */
  private interface Taking {
    int[] from(FdReceiver receiver, long requestId) throws IOException;
  }

  /** An operation whose reply comes with that many fds. */
  static Operation<PassedFds> operation(
      Request request, SharedSocket socket, FdReceiver receiver, int count) {
    return operation(request, socket, receiver, (from, id) -> from.take(id, count));
  }

  /** An operation whose reply comes with one fd, which is discarded. */
  static Operation<PassedFds> dropping(Request request, SharedSocket socket, FdReceiver receiver) {
    return operation(
        request,
        socket,
        receiver,
        (from, id) -> {
          from.drop(id);
          return new int[0];
        });
  }

  private static Operation<PassedFds> operation(
      Request request, SharedSocket socket, FdReceiver receiver, Taking taking) {
    Operation<?>[] self = new Operation<?>[1];
    Operation<PassedFds> operation =
        new Operation<>(
            request,
            socket,
            null,
            (reply, payload) -> taken(reply, receiver, taking, self[0].id()));
    self[0] = operation;
    return operation;
  }

  private static PassedFds taken(Reply reply, FdReceiver receiver, Taking taking, long requestId) {
    try {
      return new PassedFds(reply, taking.from(receiver, requestId), null);
    } catch (IOException e) {
      return new PassedFds(reply, null, e);
    }
  }

  /** Returns the fds. The caller owns them. */
  int[] get() throws IOException {
    if (failure != null) {
      throw failure;
    }
    return fds;
  }
}
