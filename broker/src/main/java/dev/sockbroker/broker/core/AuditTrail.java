package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Decision;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Records who was refused what, and what was allowed if the configuration says so (rule 80). Each
 * user has a budget of entries per second, so that none can fill the disk or hide what others do.
 * What is left out is counted. Loop thread only.
 */
final class AuditTrail {
  /** The budget of one user. */
  static final int ENTRIES_PER_SECOND = 20;

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The refusals that concern what a client may do, rather than the state of a socket. */
  private static final Set<Integer> OF_AUTHORITY = Set.of(Errno.EACCES, Errno.EPERM, Errno.EDQUOT);

  private final Environment environment;
  private final Watchers watchers;

  /** The users of the current second. */
  private final Map<Long, Budget> budgets = new HashMap<>();

  private long secondStart;

  AuditTrail(Environment environment, Watchers watchers) {
    this.environment = environment;
    this.watchers = watchers;
    secondStart = environment.timers().nanoTime();
  }

  private static final class Budget {
    private int used;
    private long dropped;
    private AuditEntry last;
  }

  boolean recordsGrants() {
    return environment.terms().auditGrants();
  }

  /** The policy has decided. */
  void decided(Session session, Action action, Decision decision) {
    String text = action.toString();
    String object = text.substring(action.key().toString().length() + 1);
    record(
        session,
        entry(
            session,
            action.key().toString(),
            object,
            decision.rule(),
            decision.isAllowed() ? null : Errno.name(Errno.EACCES),
            decision.reason()));
  }

  /** The contract, a limit or the kernel has refused a request. */
  void refused(Call call, RefusedException why) {
    if (OF_AUTHORITY.contains(why.errno()) && !why.isByPolicy()) {
      String[] what = call.what().split(" on ", 2);
      record(
          call.session(),
          entry(
              call.session(),
              what[0],
              what.length == 1 ? null : what[1],
              null,
              Errno.name(why.errno()),
              why.getMessage()));
    }
  }

  private AuditEntry entry(
      Session session, String action, String object, String rule, String errno, String reason) {
    return new AuditEntry(
        environment.clock().millis(),
        session.id(),
        session.identity().pid(),
        session.identity().uid(),
        session.subject().unit(),
        action,
        object,
        rule,
        errno,
        reason,
        0);
  }

  private void record(Session session, AuditEntry entry) {
    if (environment.timers().nanoTime() - secondStart >= SECOND_NANOS) {
      beginSecond();
    }
    Budget budget = budgets.computeIfAbsent(entry.uid(), _ -> new Budget());
    if (budget.used == ENTRIES_PER_SECOND) {
      budget.dropped++;
      budget.last = entry;
      return;
    }
    if (budgets.size() == 1 && budget.used == 0) {
      // Also if nothing follows, what is left out must be reported.
      environment.timers().after(SECOND_NANOS / 1_000_000, this::beginSecond);
    }
    budget.used++;
    environment.audit().accept(entry);
    if (entry.errno() != null) {
      String object = entry.object() == null ? "" : " " + entry.object();
      watchers.happened(
          Event.What.REFUSED, session, entry.action() + object + ": " + entry.reason());
    }
  }

  /** Reports how much was left out in the second that is over. */
  private void beginSecond() {
    for (Budget it : budgets.values()) {
      if (it.dropped > 0) {
        environment.audit().accept(it.last.after(it.dropped - 1));
      }
    }
    budgets.clear();
    secondStart = environment.timers().nanoTime();
  }
}
