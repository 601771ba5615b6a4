package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import java.util.HashMap;
import java.util.Map;

/**
 * The accounts of the broker, of its users and of their sessions. Each user has a share of each
 * limit. A part of each limit is reserved for root and the broker's own user, to whom shares do not
 * apply. So an administrator can always connect to find the cause of an overload.
 */
final class Accounts {
  private final Limits limits;
  private final long ownUid;
  private final Exhaustions exhaustions;
  private final Account broker;

  /** The account of all users except root and the broker's own user. */
  private final Account others;

  private final Map<Long, Account> users = new HashMap<>();

  Accounts(Environment environment) {
    limits = environment.limits();
    ownUid = environment.ownUid();
    exhaustions = new Exhaustions(environment.timers()::nanoTime);
    broker = new Account(Level.BROKER, "the broker", null, exhaustions, _ -> {});
    others =
        new Account(
            Level.BROKER,
            "all users except root and the broker's own user",
            broker,
            exhaustions,
            _ -> {});
    for (Resource resource : Resource.values()) {
      int all = limits.of(resource);
      broker.allow(resource, all);
      others.allow(resource, all - limits.reserved(resource));
    }
  }

  /**
   * Opens the account of a new session.
   *
   * @param name text for people
   */
  Account open(String name, Identity identity) {
    Account user = users.computeIfAbsent(identity.uid(), this::user);
    Account session = new Account(Level.SESSION, name, user, exhaustions, _ -> {});
    for (Resource resource : Resource.values()) {
      session.allow(resource, limits.of(Level.SESSION, resource));
    }
    return session;
  }

  private Account user(long uid) {
    boolean privileged = uid == 0 || uid == ownUid;
    Account user =
        new Account(
            Level.USER,
            "uid " + uid,
            privileged ? broker : others,
            exhaustions,
            forgotten -> users.remove(uid, forgotten));
    for (Resource resource : Resource.values()) {
      user.allow(resource, privileged ? Limits.NONE : limits.of(Level.USER, resource));
    }
    return user;
  }

  long used(Resource resource) {
    return broker.used(resource);
  }
}
