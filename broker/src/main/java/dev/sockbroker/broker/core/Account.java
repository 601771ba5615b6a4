package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What one session, one user or the broker uses of each {@link Resource}. Whatever is charged to a
 * session is charged to its user and to the broker in the same step, and released in the same way.
 * A session that has ended keeps its account until what it made is gone too: a token, a socket that
 * others hold. Loop thread only.
 */
public final class Account {
  /** How many sessions a refusal names. */
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
   * @param owner for people: {@code uid 1000}
   * @param parent null for the broker's
   * @param onForgotten runs when nothing is charged any more and nobody will charge
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
    // a user's account is there as long as one of its sessions' is
    ended = level == Level.USER;
    if (parent != null) {
      parent.parts.add(this);
    }
  }

  void allow(Resource resource, long amount) {
    allowed[resource.ordinal()] = amount;
  }

  long used(Resource resource) {
    return used[resource.ordinal()];
  }

  /**
   * Counts more, if all levels have room.
   *
   * @throws RefusedException that says which limit is reached, how far, by whom, and how to raise
   *     it; then nothing is counted
   */
  public void charge(Resource resource, long amount) {
    check(resource, amount);
    force(resource, amount);
  }

  /** As {@link #charge}, and counts nothing. */
  void check(Resource resource, long amount) {
    Account full = full(resource, amount);
    if (full != null) {
      throw full.refusal(resource, amount);
    }
  }

  /**
   * As {@link #charge}, and does not ask for room at this level: for the one frame that a session
   * may have begun, whose size has a limit of its own.
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

  /** Counts more also beyond the limit: what is there already, and changes hands. */
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

  /** Nobody will charge it any more. */
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
    // A user who has no session left cannot ask the broker to end one.
    String remedy =
        resource == Resource.SESSIONS
            ? "end one of these processes, ask an administrator to end a session"
            : "end some";
    String advice =
        remedy + ", or raise the limit by serve --limit " + level.nameOf(resource) + "=NUMBER";
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

  /** The largest of those that it consists of. */
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
