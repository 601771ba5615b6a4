package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Decision;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Request;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Records who was refused what, and what was allowed if the configuration says so (rule 80). Each
 * user has a budget of entries per second, so that none can fill the disk or hide what others do.
 * What is left out is counted. Loop thread only.
 */
final class AuditTrail {
  /** The budget of one user. */
  static final int ENTRIES_PER_SECOND = 20;

  private static final int TEXT_MAX = 400;

  private static final long SECOND_MILLIS = 1000;

  /** The refusals that concern what a client may do, rather than the state of a socket. */
  private static final Set<Integer> OF_AUTHORITY = Set.of(Errno.EACCES, Errno.EPERM, Errno.EDQUOT);

  private final Environment environment;
  private final Watchers watchers;

  /** The users of the current second. */
  private final Map<Long, Budget> ofRefusals = new HashMap<>();

  private final Map<Long, Budget> ofGrants = new HashMap<>();

  private long recorded;
  private long leftOut;

  /** Ends the current second; null if nothing has been recorded in it. */
  private Timers.Timer timer;

  AuditTrail(Environment environment, Watchers watchers) {
    this.environment = environment;
    this.watchers = watchers;
  }

  private static final class Budget {
    private int used;
    private long dropped;
    private AuditEntry last;
  }

  /** How many entries were recorded and dropped since the process started. */
  Measures.Audited counts() {
    return new Measures.Audited(recorded, leftOut);
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
    // Every command asks for the rights of an administrator first, and goes on without them.
    boolean isCommand = call.request() instanceof Request.Hello && why.errno() == Errno.EPERM;
    if (OF_AUTHORITY.contains(why.errno()) && !why.isByPolicy() && !isCommand) {
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
        shortened(object),
        shortened(rule),
        errno,
        shortened(reason),
        0);
  }

  /** A client chooses names and paths, and the audit and the watchers must not suffer from that. */
  private static String shortened(String text) {
    return text == null || text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }

  private void record(Session session, AuditEntry entry) {
    if (timer == null) {
      timer = environment.timers().after(SECOND_MILLIS, this::beginSecond);
    }
    // What is allowed must not hide what is refused.
    Map<Long, Budget> budgets = entry.errno() == null ? ofGrants : ofRefusals;
    Budget budget = budgets.computeIfAbsent(entry.uid(), _ -> new Budget());
    if (budget.used == ENTRIES_PER_SECOND) {
      budget.dropped++;
      leftOut++;
      budget.last = entry;
      return;
    }
    budget.used++;
    recorded++;
    environment.audit().accept(entry);
    if (entry.errno() != null) {
      String object = entry.object() == null ? "" : " " + entry.object();
      watchers.happened(
          Event.What.REFUSED, session, entry.action() + object + ": " + entry.reason());
    }
  }

  /** Reports how much was left out in the second that is over. */
  private void beginSecond() {
    timer = null;
    report(ofRefusals);
    report(ofGrants);
  }

  private void report(Map<Long, Budget> budgets) {
    for (Budget it : budgets.values()) {
      if (it.dropped > 0) {
        environment.audit().accept(it.last.after(it.dropped - 1));
      }
    }
    budgets.clear();
  }
}
