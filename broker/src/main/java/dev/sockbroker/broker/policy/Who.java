package dev.sockbroker.broker.policy;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * For whom a rule is. Everything that is given must match; what is null matches everybody.
 *
 * @param users by uid, with the text in the file
 * @param groups by gid, with the text in the file
 * @param units patterns for systemd units
 */
record Who(Map<Long, String> users, Map<Long, String> groups, List<Glob> units) {
  static final Who EVERYBODY = new Who(null, null, null);

  boolean includes(Subject subject) {
    return includesUser(subject) && includesGroup(subject) && includesUnit(subject);
  }

  /** Like {@link #includes}, for a denial: whoever may be meant is meant. */
  boolean mayInclude(Subject subject) {
    return includesUser(subject)
        && (subject.groups().isEmpty() || includesGroup(subject))
        && (subject.isUnitUnknown() || includesUnit(subject));
  }

  private boolean includesUser(Subject subject) {
    return users == null || users.containsKey(subject.uid());
  }

  private boolean includesGroup(Subject subject) {
    return groups == null || subject.groups().stream().anyMatch(groups::containsKey);
  }

  private boolean includesUnit(Subject subject) {
    return units == null
        || !subject.isUnitUnknown()
            && units.stream().anyMatch(glob -> subject.units().stream().anyMatch(glob::matches));
  }

  /** How well the conditions match, to find the closest rule. A user says most. */
  int closeness(Subject subject) {
    return (users != null && includesUser(subject) ? 4 : 0)
        + (groups != null && includesGroup(subject) ? 2 : 0)
        + (units != null && includesUnit(subject) ? 1 : 0);
  }

  /** Says which of the conditions does not match. To be called if one does not. */
  String mismatch(Subject subject) {
    if (!includesUser(subject)) {
      return "is for user " + shown(users) + ", not for uid " + subject.uid();
    } else if (!includesGroup(subject)) {
      return "is for group " + shown(groups) + ", and uid " + subject.uid() + " is not in it";
    }
    String unit =
        subject.isUnitUnknown()
            ? "an unknown unit"
            : subject.unit() == null ? "no unit" : subject.unit();
    return "is for unit " + Grant.shown(units) + ", and the process is in " + unit;
  }

  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ");
    text.setEmptyValue("everybody");
    if (users != null) {
      text.add("user " + shown(users));
    }
    if (groups != null) {
      text.add("group " + shown(groups));
    }
    if (units != null) {
      text.add("unit " + Grant.shown(units));
    }
    return text.toString();
  }

  private static String shown(Map<Long, String> ids) {
    return ids.values().stream().sorted().collect(Collectors.joining(", "));
  }
}
