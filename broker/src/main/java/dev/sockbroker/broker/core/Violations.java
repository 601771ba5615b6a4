package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Finds what is open although the policy would refuse it now, and closes it on request (rule 78).
 * Looks at a few descriptors in each task, so that clients need not wait for all of them.
 */
final class Violations {
  /** How many descriptors and sockets one task looks at. */
  private static final int LOOKS_MAX = 300;

  /** The maximum number of rows of a page, each of which has a short reason. */
  private static final int ROWS_MAX = 50;

  private final Environment environment;
  private final SocketTable sockets;
  private final TokenTable tokens;
  private final Authority authority;

  Violations(Environment environment, SocketTable sockets, TokenTable tokens, Authority authority) {
    this.environment = environment;
    this.sockets = sockets;
    this.tokens = tokens;
    this.authority = authority;
  }

  /**
   * What a revocation has done.
   *
   * @param revoked how many descriptors and sockets without a holder were taken away
   * @param kept how many stay, because their raw fd was exported and others hold the socket
   */
  record Outcome(int revoked, int kept) {}

  /** A place in the order of sockets and descriptors; the descriptor is 0 before the first one. */
  private record Place(long socket, long descriptor) {}

  void onList(Call call, Request.ListViolations list) {
    call.session().checkAdministrator("see violations");
    List<Reply.Violation> rows = new ArrayList<>();
    Place last =
        look(
            new Place(list.afterSocket(), list.afterDescriptor()),
            new Looking() {
              @Override
              public boolean at(Descriptor descriptor, String reason) {
                rows.add(row(descriptor, reason));
                return rows.size() < ROWS_MAX;
              }

              @Override
              public boolean at(OwnedSocket socket, String reason) {
                rows.add(row(socket, reason));
                return rows.size() < ROWS_MAX;
              }
            });
    call.reply(
        last == null
            ? new Reply.Violations(rows, 0, 0, false)
            : new Reply.Violations(rows, last.socket(), last.descriptor(), true));
  }

  /** Gets what violates the policy. Returns whether to look further in this task. */
  private interface Looking {
    boolean at(Descriptor descriptor, String reason);

    /** A socket that no descriptor holds. */
    boolean at(OwnedSocket socket, String reason);
  }

  /** Looks at what follows a place. Returns where to continue, or null at the end. */
  private Place look(Place after, Looking looking) {
    int looks = 0;
    Place last = after;
    while (looks < LOOKS_MAX) {
      OwnedSocket socket = socketAt(last);
      if (socket == null) {
        return null;
      }
      boolean goesOn = true;
      if (socket.id() != last.socket() && socket.descriptors.isEmpty()) {
        String reason = authority.violation(socket);
        last = new Place(socket.id(), Long.MAX_VALUE);
        goesOn = reason == null || looking.at(socket, reason);
      } else {
        long from = socket.id() == last.socket() ? last.descriptor() : 0;
        Map.Entry<Long, Descriptor> next = socket.descriptors.higherEntry(from);
        last = new Place(socket.id(), next == null ? Long.MAX_VALUE : next.getKey());
        String reason = next == null ? null : authority.violation(next.getValue());
        goesOn = reason == null || looking.at(next.getValue(), reason);
      }
      looks++;
      if (!goesOn) {
        return last;
      }
    }
    return last;
  }

  /** The socket of a place if it may have more descriptors, or else the next socket, or null. */
  private OwnedSocket socketAt(Place place) {
    boolean isOver = place.descriptor() == Long.MAX_VALUE;
    Map.Entry<Long, OwnedSocket> next =
        isOver
            ? sockets.sockets().higherEntry(place.socket())
            : sockets.sockets().ceilingEntry(place.socket());
    return next == null ? null : next.getValue();
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

  private static Reply.Violation row(OwnedSocket it, String reason) {
    SocketName name = it.name();
    Session maker = it.maker();
    return new Reply.Violation(
        0,
        it.id(),
        name == null ? null : name.text(),
        maker.id(),
        maker.identity().pid(),
        maker.identity().uid(),
        reason);
  }

  /**
   * Takes away what the policy would refuse now. Its holders are notified.
   *
   * @param by the session that asked
   * @param done gets the outcome when everything was looked at
   */
  void revoke(Session by, Consumer<Outcome> done) {
    revokeAfter(new Place(0, 0), new Outcome(0, 0), by, done);
  }

  private void revokeAfter(Place after, Outcome before, Session by, Consumer<Outcome> done) {
    int[] counts = {before.revoked(), before.kept()};
    Place last =
        look(
            after,
            new Looking() {
              @Override
              public boolean at(Descriptor descriptor, String reason) {
                counts[revoke(descriptor, by) ? 0 : 1]++;
                return true;
              }

              @Override
              public boolean at(OwnedSocket socket, String reason) {
                forget(socket, socket.maker());
                counts[0]++;
                return true;
              }
            });
    Outcome outcome = new Outcome(counts[0], counts[1]);
    if (last == null) {
      done.accept(outcome);
    } else {
      environment.loop().execute(() -> revokeAfter(last, outcome, by, done));
    }
  }

  private boolean revoke(Descriptor descriptor, Session by) {
    try {
      SocketTable.checkRevocable(descriptor, false);
    } catch (RefusedException e) {
      return false;
    }
    // First, because the session could get the socket back by them.
    forget(descriptor.socket, descriptor.session);
    if (!descriptor.isClosed()) {
      sockets.revoke(descriptor, by);
    }
    return true;
  }

  /**
   * Ends a session's tokens for a socket, and the name that its user has given it. If nobody may
   * open the socket any more, also the tokens and the name that others have got it by.
   */
  private void forget(OwnedSocket socket, Session session) {
    boolean isForbidden = authority.violation(socket) != null;
    SocketName name = socket.name();
    if (name != null
        && (name.ownerUid() == session.identity().uid()
            || isForbidden && name.ownerUid() == socket.makerUid())) {
      sockets.name(socket, null);
    }
    boolean wasHeld = socket.isHeld();
    for (Token token : List.copyOf(socket.tokens)) {
      if (token.maker == session
          || isForbidden && authority.violation(token.maker, socket) != null) {
        tokens.end(token, "the policy forbids its socket");
      }
    }
    if (!wasHeld) {
      sockets.keepOrClose(socket);
    }
  }
}
