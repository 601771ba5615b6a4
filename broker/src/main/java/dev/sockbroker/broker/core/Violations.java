package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Finds what is open although the policy would refuse it now, and closes it on request (rule 78).
 * Looks at some sockets in each task, so that clients need not wait for all of them.
 */
final class Violations {
  /** How many sockets one task looks at. */
  private static final int SOCKETS_MAX = 500;

  /** The maximum number of rows of a page. */
  private static final int ROWS_MAX = 100;

  private final Environment environment;
  private final SocketTable sockets;
  private final Authority authority;

  Violations(Environment environment, SocketTable sockets, Authority authority) {
    this.environment = environment;
    this.sockets = sockets;
    this.authority = authority;
  }

  void onList(Call call, Request.ListViolations list) {
    if (!call.session().isAdministrator()) {
      throw new RefusedException(
          Errno.EPERM, "only administrators see violations: root and the broker's own user");
    }
    List<Reply.Violation> rows = new ArrayList<>();
    int seen = 0;
    long last = list.afterSocket();
    for (OwnedSocket socket : sockets.sockets().tailMap(last, false).values()) {
      if (seen == SOCKETS_MAX || rows.size() >= ROWS_MAX) {
        call.reply(new Reply.Violations(rows, last, true));
        return;
      }
      for (Descriptor descriptor : socket.descriptors.values()) {
        String reason = authority.violation(descriptor);
        if (reason != null) {
          rows.add(row(descriptor, reason));
        }
      }
      last = socket.id();
      seen++;
    }
    call.reply(new Reply.Violations(rows, last, false));
  }

  private static Reply.Violation row(Descriptor it, String reason) {
    SocketName name = it.socket.name();
    return new Reply.Violation(
        it.id,
        it.socket.id(),
        name == null ? null : name.text(),
        it.session.id(),
        it.session.identity().pid(),
        it.session.identity().uid(),
        reason);
  }

  /**
   * Takes away every descriptor that the policy would refuse now. Its holder is notified.
   *
   * @param by the session that asked
   * @param done gets the number of descriptors when all sockets were looked at
   */
  void revoke(Session by, IntConsumer done) {
    revokeAfter(0, 0, by, done);
  }

  private void revokeAfter(long afterSocket, int count, Session by, IntConsumer done) {
    List<OwnedSocket> some =
        sockets.sockets().tailMap(afterSocket, false).values().stream().limit(SOCKETS_MAX).toList();
    int revoked = count;
    for (OwnedSocket socket : some) {
      for (Descriptor descriptor : List.copyOf(socket.descriptors.values())) {
        if (!descriptor.isClosed() && authority.violation(descriptor) != null) {
          sockets.revoke(descriptor, by);
          revoked++;
        }
      }
    }
    int total = revoked;
    if (some.size() < SOCKETS_MAX) {
      done.accept(total);
    } else {
      long last = some.getLast().id();
      environment.loop().execute(() -> revokeAfter(last, total, by, done));
    }
  }
}
