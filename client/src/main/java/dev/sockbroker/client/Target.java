package dev.sockbroker.client;

import java.util.Objects;

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
   *
   * @throws ArithmeticException if it is larger than an int
   */
  public static Target pid(long pid) {
    return new Target(Math.toIntExact(pid), null, null);
  }

  /** One session, by its {@link Broker#session}. Use it for processes in other pid namespaces. */
  public static Target session(long session) {
    return new Target(null, session, null);
  }

  /** Any process of a user. The token must have an expiry (rule 3). */
  public static Target uid(long uid) {
    return new Target(null, null, uid);
  }

  /** Makes a target of whichever argument is not null; exactly one is. */
  static Target of(Integer pid, Long session, Long uid) {
    return new Target(pid, session, uid);
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
  public boolean equals(Object other) {
    return other instanceof Target it
        && Objects.equals(pid, it.pid)
        && Objects.equals(session, it.session)
        && Objects.equals(uid, it.uid);
  }

  @Override
  public int hashCode() {
    return Objects.hash(pid, session, uid);
  }

  /** Returns for instance {@code pid 4711}, {@code session 3} or {@code uid 1000}. */
  @Override
  public String toString() {
    if (pid != null) {
      return "pid " + pid;
    }
    return session != null ? "session " + session : "uid " + uid;
  }
}
