package dev.sockbroker.broker.policy;

import dev.sockbroker.protocol.Right;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What one subject may do: the rules and the denials that are for it. Does not change, so any
 * thread can ask.
 */
public final class Permissions {
  /** The permissions of everybody without a policy. */
  static final Permissions UNRESTRICTED = new Permissions();

  private final boolean unrestricted;
  private final Subject subject;
  private final Rule[] rules;
  private final Rule[] denials;

  /** The rule whose conditions match most, if none is for the subject; null if there are none. */
  private final Rule nearest;

  private final Set<Right> rights;
  private final Set<PolicyLane> lanes;
  private final Visibility visibility;

  private Permissions() {
    unrestricted = true;
    subject = null;
    rules = null;
    denials = null;
    nearest = null;
    rights = EnumSet.allOf(Right.class);
    lanes = EnumSet.allOf(PolicyLane.class);
    visibility = null;
  }

  Permissions(Subject subject, List<Rule> all) {
    this.subject = subject;
    unrestricted = false;
    rules =
        all.stream()
            .filter(it -> !it.isDenial() && it.who().includes(subject))
            .toArray(Rule[]::new);
    denials =
        all.stream()
            .filter(it -> it.isDenial() && it.who().mayInclude(subject))
            .toArray(Rule[]::new);
    nearest = rules.length > 0 ? null : nearest(subject, all);
    rights = EnumSet.noneOf(Right.class);
    for (Right right : Right.values()) {
      if (decide(Action.haveRight(right)).isAllowed()) {
        rights.add(right);
      }
    }
    lanes = EnumSet.noneOf(PolicyLane.class);
    for (PolicyLane lane : PolicyLane.values()) {
      if (decide(Action.useLane(lane)).isAllowed()) {
        lanes.add(lane);
      }
    }
    visibility = visible();
  }

  private static Rule nearest(Subject subject, List<Rule> all) {
    Rule nearest = null;
    int most = -1;
    for (Rule it : all) {
      int closeness = it.who().closeness(subject);
      if (!it.isDenial() && closeness > most) {
        most = closeness;
        nearest = it;
      }
    }
    return nearest;
  }

  private Visibility visible() {
    if (decide(Action.see(Visibility.ALL)).isAllowed()) {
      return Visibility.ALL;
    }
    return decide(Action.see(Visibility.USER)).isAllowed() ? Visibility.USER : Visibility.OWN;
  }

  /** Whether no policy restricts the subject. */
  public boolean isUnrestricted() {
    return unrestricted;
  }

  /** The rights that a descriptor of the subject may have. */
  public Set<Right> rights() {
    return rights;
  }

  /** Returns those of the rights that a descriptor of the subject may have. */
  public Set<Right> limited(Set<Right> wanted) {
    if (unrestricted || rights.containsAll(wanted)) {
      return wanted;
    }
    EnumSet<Right> both = EnumSet.copyOf(rights);
    both.retainAll(wanted);
    return both;
  }

  public boolean mayUse(PolicyLane lane) {
    return unrestricted || lanes.contains(lane);
  }

  /** What the subject sees; null without a policy. */
  public Visibility visibility() {
    return visibility;
  }

  /** Whether any rule lets the subject listen, bind or connect with this transport. */
  public boolean mayHave(Transport transport) {
    return unrestricted || Arrays.stream(rules).anyMatch(it -> it.gives(transport));
  }

  /** Whether a denial names any value of a key. */
  public boolean hasDenial(Key key) {
    return !unrestricted && Arrays.stream(denials).anyMatch(it -> it.grants().containsKey(key));
  }

  public Decision decide(Action action) {
    if (unrestricted) {
      return Decision.UNRESTRICTED;
    }
    for (Rule it : denials) {
      if (it.denies(action)) {
        return Decision.refused(it, it + " denies " + action);
      }
    }
    for (Rule it : rules) {
      if (it.allows(action)) {
        return Decision.allowed(it);
      }
    }
    return refused(action);
  }

  /** Whether a denial is the reason for a refusal. */
  public boolean isDenied(Action action) {
    return !unrestricted && Arrays.stream(denials).anyMatch(it -> it.denies(action));
  }

  private Decision refused(Action action) {
    if (rules.length == 0) {
      String why =
          nearest == null
              ? ""
              : "; the closest, " + nearest + ", " + nearest.who().mismatch(subject);
      return Decision.refused(nearest, "no rule is for uid " + subject.uid() + why);
    }
    Rule closest = rules[0];
    for (Rule it : rules) {
      if (it.closeness(action) > closest.closeness(action)) {
        closest = it;
      }
    }
    Grant grant = closest.grants().get(action.key());
    String says = grant == null ? "does not allow any" : "allows " + grant;
    return Decision.refused(
        closest, "no rule allows " + action + "; the closest, " + closest + ", " + says);
  }

  /** The rules that are for the subject, and then the denials. */
  public List<Rule> applying() {
    List<Rule> all = new ArrayList<>();
    if (!unrestricted) {
      all.addAll(Arrays.asList(rules));
      all.addAll(Arrays.asList(denials));
    }
    return all;
  }
}
