package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The accounts of the broker, of its users and of their sessions. Each user has a share of each
 * limit. A part of each limit is reserved for root and the broker's own user, to whom shares do not
 * apply. So an administrator can always connect to find the cause of an overload.
 */
final class Accounts {
  private final Environment environment;
  private final Exhaustions exhaustions;
  private final Account broker;

  /** The account of all users except root and the broker's own user. */
  private final Account others;

  private final Map<Long, Account> users = new HashMap<>();

  Accounts(Environment environment) {
    this.environment = environment;
    exhaustions = new Exhaustions(environment.timers()::nanoTime);
    broker = new Account(Level.BROKER, "the broker", null, exhaustions, _ -> {});
    others =
        new Account(
            Level.BROKER,
            "all users except root and the broker's own user",
            broker,
            exhaustions,
            _ -> {});
    allowAll();
  }

  private void allowAll() {
    Limits limits = environment.limits();
    for (Resource resource : Resource.values()) {
      int all = limits.of(resource);
      broker.allow(resource, all);
      others.allow(resource, all - limits.reserved(resource));
    }
  }

  /**
   * Applies the terms that are in force now to everybody. Who has more than it may keeps it, and
   * gets no more.
   */
  void onNewTerms(Iterable<Session> sessions) {
    allowAll();
    users.forEach(this::allow);
    sessions.forEach(session -> allow(session.account()));
  }

  private void allow(Account session) {
    for (Resource resource : Resource.values()) {
      session.allow(resource, environment.limits().of(Level.SESSION, resource));
    }
  }

  private void allow(long uid, Account user) {
    boolean privileged = isPrivileged(uid);
    for (Resource resource : Resource.values()) {
      user.allow(
          resource,
          privileged
              ? Limits.NONE
              : environment.terms().quotas().of(uid, resource, environment.limits()));
    }
  }

  private boolean isPrivileged(long uid) {
    return uid == 0 || uid == environment.ownUid();
  }

  /**
   * Opens the account of a new session.
   *
   * @param name text for people
   * @param onForgotten runs when the session has ended and nothing is left that it is charged for
   */
  Account open(String name, Identity identity, Runnable onForgotten) {
    Account user = users.computeIfAbsent(identity.uid(), this::user);
    Account session = new Account(Level.SESSION, name, user, exhaustions, _ -> onForgotten.run());
    allow(session);
    return session;
  }

  private Account user(long uid) {
    Account user =
        new Account(
            Level.USER,
            "uid " + uid,
            isPrivileged(uid) ? broker : others,
            exhaustions,
            forgotten -> users.remove(uid, forgotten));
    allow(uid, user);
    return user;
  }

  /** The limits of the broker, and what is used of them. */
  Map<String, Measures.Usage> usage() {
    return usage(broker);
  }

  /**
   * How much of each resource the users with sessions have in use.
   *
   * @param most how many users
   */
  Map<Long, Map<String, Measures.Usage>> usageByUser(int most) {
    Map<Long, Map<String, Measures.Usage>> all = new TreeMap<>();
    users.entrySet().stream()
        .filter(it -> !isPrivileged(it.getKey()))
        .limit(most)
        .forEach(it -> all.put(it.getKey(), usage(it.getValue())));
    return all;
  }

  private static Map<String, Measures.Usage> usage(Account account) {
    Map<String, Measures.Usage> usage = new LinkedHashMap<>();
    for (Resource resource : Resource.values()) {
      long limit = account.allowed(resource);
      usage.put(
          resource.text(),
          new Measures.Usage(
              account.used(resource), limit == Limits.NONE ? Measures.Usage.UNLIMITED : limit));
    }
    return usage;
  }

  long used(Resource resource) {
    return broker.used(resource);
  }
}
