package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * How much one session, one user or the broker uses of each {@link Resource}. A charge to a session
 * is also a charge to its user and to the broker, in one step, and so is a release. The account of
 * a session that has ended remains until everything that the session created is gone, such as a
 * token or a socket that others hold. Loop thread only.
 */
public final class Account {
  /** The maximum number of sessions that an error message names. */
  private static final int NAMED_MAX = 3;

  private final Level level;
  private final String owner;
  private final Account parent;
  private final Consumer<Account> onForgotten;
  private final Exhaustions exhaustions;
  private final long[] allowed = new long[Resource.values().length];
  private final long[] used = new long[Resource.values().length];
  private final Set<Account> parts = new LinkedHashSet<>();
  private long total;
  private boolean ended;

  /**
   * @param owner text for people, such as {@code uid 1000}
   * @param parent null for the broker's account
   * @param onForgotten runs when nothing is charged any more and there will be no more charges
   */
  Account(
      Level level,
      String owner,
      Account parent,
      Exhaustions exhaustions,
      Consumer<Account> onForgotten) {
    this.level = level;
    this.owner = owner;
    this.parent = parent;
    this.exhaustions = exhaustions;
    this.onForgotten = onForgotten;
    // The account of a user exists as long as one of its sessions' accounts.
    ended = level == Level.USER;
    if (parent != null) {
      parent.parts.add(this);
    }
  }

  void allow(Resource resource, long amount) {
    allowed[resource.ordinal()] = amount;
  }

  /** The limit; {@link Limits#NONE} for none. */
  long allowed(Resource resource) {
    return allowed[resource.ordinal()];
  }

  long used(Resource resource) {
    return used[resource.ordinal()];
  }

  /**
   * Charges an amount if all levels have room.
   *
   * @throws RefusedException if a limit is reached; then nothing is charged. The message contains
   *     the limit, its use, the users and how to raise it
   */
  public void charge(Resource resource, long amount) {
    check(resource, amount);
    force(resource, amount);
  }

  /** Like {@link #charge}, but charges nothing. */
  void check(Resource resource, long amount) {
    Account full = full(resource, amount);
    if (full != null) {
      throw full.refusal(resource, amount);
    }
  }

  /**
   * Like {@link #charge}, but does not check the limit of this level. This is for the one
   * incomplete frame of a session, whose size has its own limit.
   */
  public void chargeBeyondOwn(Resource resource, long amount) {
    parent.check(resource, amount);
    force(resource, amount);
  }

  public boolean hasRoom(Resource resource, long amount) {
    return full(resource, amount) == null;
  }

  private Account full(Resource resource, long amount) {
    int index = resource.ordinal();
    for (Account it = this; it != null; it = it.parent) {
      if (it.used[index] + amount > it.allowed[index]) {
        return it;
      }
    }
    return null;
  }

  /**
   * Charges an amount even beyond the limit. This is for something that already exists and changes
   * its owner.
   */
  public void force(Resource resource, long amount) {
    int index = resource.ordinal();
    for (Account it = this; it != null; it = it.parent) {
      it.used[index] += amount;
      it.total += amount;
    }
  }

  public void release(Resource resource, long amount) {
    int index = resource.ordinal();
    for (Account it = this; it != null; it = it.parent) {
      assert it.used[index] >= amount : it.owner + " has " + it.used[index] + " " + resource;
      it.used[index] -= amount;
      it.total -= amount;
    }
    forgetIfUnused();
  }

  /** Ends the account. There will be no more charges. */
  void end() {
    ended = true;
    forgetIfUnused();
  }

  private void forgetIfUnused() {
    if (ended && total == 0 && parts.isEmpty()) {
      parent.parts.remove(this);
      onForgotten.accept(this);
      parent.forgetIfUnused();
    }
  }

  private RefusedException refusal(Resource resource, long amount) {
    String use =
        "%s uses %d of %d %s%s"
            .formatted(
                owner,
                used(resource),
                allowed[resource.ordinal()],
                words(resource),
                amount > 1 ? " and asks for " + amount + " more" : "");
    // A user without a session cannot ask the broker to end one.
    String remedy =
        resource == Resource.SESSIONS
            ? "end one of these processes, ask an administrator to end a session"
            : "end some";
    String advice =
        remedy
            + ", or raise the limit with serve --limit "
            + level.nameOf(resource)
            + "=NUMBER"
            + (level == Level.USER ? ", or its quota in the configuration" : "");
    exhaustions.happened(
        level == Level.SESSION ? parent.owner : owner,
        level.nameOf(resource),
        use + mostOf(resource));
    return new RefusedException(
        resource.errnoAt(level),
        use + (level == Level.USER ? mostOf(resource) : "") + "; " + advice);
  }

  private static String words(Resource resource) {
    return resource == Resource.WAITING ? "waiting operations" : resource.text().replace('-', ' ');
  }

  /** Returns the sessions that use most. */
  private String mostOf(Resource resource) {
    String most =
        parts.stream()
            .filter(part -> part.used(resource) > 0)
            .sorted(Comparator.comparingLong((Account part) -> -part.used(resource)))
            .limit(NAMED_MAX)
            .map(part -> part.owner + ": " + part.used(resource))
            .collect(Collectors.joining(", "));
    return most.isEmpty() ? "" : " (most: " + most + ")";
  }

  @Override
  public String toString() {
    return "account of " + owner;
  }
}
