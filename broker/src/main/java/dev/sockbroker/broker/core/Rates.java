package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How often each user does something in the current second, against the rates of its quota (rule
 * 20). Loop thread only.
 */
final class Rates {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What is counted. */
  enum What {
    NEW_SESSIONS("new-sessions", "begun %d sessions"),
    OPENS("opens", "opened %d sockets");

    private final String key;
    private final String done;

    What(String key, String done) {
      this.key = key;
      this.done = done;
    }

    private Integer rate(Quotas quotas, long uid) {
      return this == NEW_SESSIONS ? quotas.newSessions(uid) : quotas.opens(uid);
    }
  }

  private record Counted(What what, long uid) {}

  private final Environment environment;
  private final Map<Counted, Integer> counts = new HashMap<>();
  private long secondStart;

  Rates(Environment environment) {
    this.environment = environment;
    secondStart = environment.timers().nanoTime();
  }

  /**
   * Counts one more.
   *
   * @throws RefusedException EDQUOT if the user has had as many in this second as it may
   */
  void count(What what, Session session) {
    long uid = session.identity().uid();
    boolean isPrivileged = uid == 0 || uid == environment.ownUid();
    Integer rate = isPrivileged ? null : what.rate(environment.terms().quotas(), uid);
    if (rate == null) {
      return;
    }
    long now = environment.timers().nanoTime();
    if (now - secondStart >= SECOND_NANOS) {
      counts.clear();
      secondStart = now;
    }
    int count = counts.merge(new Counted(what, uid), 1, Integer::sum);
    if (count > rate) {
      throw new RefusedException(
          Errno.EDQUOT,
          ("uid %d has "
                  + what.done
                  + " in this second, which is its rate; wait, or raise %s in"
                  + " [quota.default] or [quota.user.NAME]")
              .formatted(uid, rate, what.key));
    }
  }
}
