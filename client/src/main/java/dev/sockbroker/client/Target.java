package dev.sockbroker.client;

/**
 * The process, session or user that can redeem a descriptor token (contract, rules 3 and 4).
 * Immutable.
 */
public final class Target {
  private final Integer pid;
  private final Long session;
  private final Long uid;

  private Target(Integer pid, Long session, Long uid) {
    this.pid = pid;
    this.session = session;
    this.uid = uid;
  }

  /**
   * The process that has this pid now. A later process with the same pid cannot redeem the token.
   * The pid is the one that the broker sees; {@link Broker#pid} returns a process's own.
   */
  public static Target pid(long pid) {
    return new Target(Math.toIntExact(pid), null, null);
  }

  /** One session, by its {@link Broker#session}. Use it for processes in other pid namespaces. */
  public static Target session(long session) {
    return new Target(null, session, null);
  }

  /** Any process of a user. The token must have an expiry. */
  public static Target uid(long uid) {
    return new Target(null, null, uid);
  }

  Integer pid() {
    return pid;
  }

  Long session() {
    return session;
  }

  Long uid() {
    return uid;
  }

  @Override
  public String toString() {
    if (pid != null) {
      return "pid " + pid;
    }
    return session != null ? "session " + session : "uid " + uid;
  }
}
