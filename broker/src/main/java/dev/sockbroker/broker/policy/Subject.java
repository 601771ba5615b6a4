package dev.sockbroker.broker.policy;

import java.util.List;
import java.util.Set;

/**
 * Who acts, as the kernel recorded it when the client connected. No client can choose any of it.
 *
 * @param groups the primary and the supplementary groups; empty if they are unknown
 * @param units the systemd unit, and before it the slices that contain it; empty if there is none,
 *     and {@link Units#UNKNOWN} if it is unknown. A user can create units below an own unit, so
 *     these are not among them
 */
public record Subject(long uid, Set<Long> groups, List<String> units) {
  public Subject {
    groups = Set.copyOf(groups);
    units = List.copyOf(units);
  }

  /** A user of whom only the uid is known. */
  public static Subject ofUser(long uid) {
    return new Subject(uid, Set.of(), Units.UNKNOWN);
  }

  boolean isUnitUnknown() {
    return units.equals(Units.UNKNOWN);
  }

  /** The systemd unit, or null. */
  public String unit() {
    return units.isEmpty() ? null : units.getLast();
  }
}
