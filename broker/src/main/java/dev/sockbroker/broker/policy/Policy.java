package dev.sockbroker.broker.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules of a broker. Without a policy everybody may do everything that the contract allows.
 * With one that is true for administrators only: root and the broker's own user.
 *
 * <p>The rules do not change; a reload makes another policy. The permissions of the last subjects
 * are kept, because many sessions are of the same one. Any thread.
 */
public final class Policy {
  /** No policy. */
  public static final Policy NONE = new Policy(null, Set.of(), Ports.ALL);

  /** Subjects whose permissions are kept. Sessions keep their own. */
  private static final int KEPT_MAX = 1024;

  /** Null without a policy. */
  private final List<Rule> rules;

  private final Set<Long> administrators;
  private final Ports ephemeral;
  private final Map<Subject, Permissions> kept =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Subject, Permissions> eldest) {
              return size() > KEPT_MAX;
            }
          });

  private Policy(List<Rule> rules, Set<Long> administrators, Ports ephemeral) {
    this.rules = rules;
    this.administrators = administrators;
    this.ephemeral = ephemeral;
  }

  /**
   * @param administrators the uids that no rule restricts
   * @param ephemeral the ports from which the kernel chooses for port 0 (ip(7))
   */
  public static Policy of(List<Rule> rules, Set<Long> administrators, Ports ephemeral) {
    return new Policy(List.copyOf(rules), Set.copyOf(administrators), ephemeral);
  }

  /** The ports that port 0 stands for. */
  public Ports ephemeral() {
    return ephemeral;
  }

  /** Whether there are rules. */
  public boolean isPresent() {
    return rules != null;
  }

  /** The rules and the denials in the order in which they are written; empty without a policy. */
  public List<Rule> rules() {
    return rules == null ? List.of() : rules;
  }

  public Permissions of(Subject subject) {
    if (rules == null || administrators.contains(subject.uid())) {
      return Permissions.UNRESTRICTED;
    }
    return kept.computeIfAbsent(subject, it -> new Permissions(it, rules));
  }

  /**
   * Like {@link Permissions#decide}, but if the action is refused also looks at the rules that are
   * for others, because one that allows it is closer than any other. Takes longer.
   */
  public Decision explain(Subject subject, Action action) {
    Decision decision = of(subject).decide(action);
    if (decision.isAllowed() || of(subject).isDenied(action)) {
      return decision;
    }
    return rules.stream()
        .filter(it -> !it.isDenial() && it.allows(action) && !it.who().includes(subject))
        .max((a, b) -> a.who().closeness(subject) - b.who().closeness(subject))
        .map(it -> Decision.refused(it, it + " allows it, but " + it.who().mismatch(subject)))
        .orElse(decision);
  }
}
