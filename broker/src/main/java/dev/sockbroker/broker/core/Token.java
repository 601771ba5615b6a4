package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import java.util.Set;

/** A single-use secret that one target can turn into a descriptor (rules 2-9). */
final class Token implements Durable {
  final long id;
  final String text;
  final Session maker;
  final OwnedSocket socket;
  final Set<Right> rights;
  final Target target;

  /** Whether only a session of the maker's user can redeem it (rule 79). */
  final boolean sameUser;

  /** Null if the token does not expire. */
  Timers.Timer expiry;

  /**
   * Whether a reply with its descriptor is being delivered. Nobody else can redeem it meanwhile
   * (rule 7).
   */
  boolean redeeming;

  private final TokenTable table;
  private final Change change;

  Token(
      long id,
      String text,
      Session maker,
      OwnedSocket socket,
      Set<Right> rights,
      Target target,
      boolean sameUser,
      TokenTable table,
      Changes changes) {
    this.table = table;
    change = changes.of(this);
    change.note();
    this.sameUser = sameUser;
    this.id = id;
    this.text = text;
    this.maker = maker;
    this.socket = socket;
    this.rights = rights;
    this.target = target;
  }

  /** Who can redeem it. */
  sealed interface Target {
    boolean is(Session session);

    /** Ends watching the target, because the token has ended. */
    default void end(Token token) {}

    /** One process, not any later process with the same pid (rule 4). */
    record OfProcess(int pid, Processes.Interest interest) implements Target {
      @Override
      public boolean is(Session session) {
        return session.identity().pid() == pid && interest.isAlive();
      }

      @Override
      public void end(Token token) {
        interest.end();
      }
    }

    record OfSession(Session session) implements Target {
      @Override
      public boolean is(Session other) {
        return other == session;
      }

      @Override
      public void end(Token token) {
        session.targetedTokens.remove(token);
      }
    }

    record OfUser(long uid) implements Target {
      @Override
      public boolean is(Session session) {
        return session.identity().uid() == uid;
      }
    }
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.TOKEN;
  }

  @Override
  public long key() {
    return id;
  }

  @Override
  public Record toWrite(Saving saving) {
    return table.isLive(this) ? table.save(this, saving) : null;
  }

  /** Notes for the ledger that it has changed. */
  Change change() {
    return change;
  }

  /** Sets whether a reply with its descriptor is being delivered. */
  void redeeming(boolean on) {
    redeeming = on;
    change.note();
  }

  Reply.TokenInfo info() {
    return new Reply.TokenInfo(
        "t" + id,
        maker.id(),
        target instanceof Target.OfProcess process ? (Integer) process.pid() : null,
        target instanceof Target.OfSession session ? (Long) session.session().id() : null,
        target instanceof Target.OfUser user ? (Long) user.uid() : null,
        rights,
        expiry == null ? null : (Long) expiry.leftMillis());
  }
}
