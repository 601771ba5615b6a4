package dev.sockbroker.client;

import dev.sockbroker.protocol.Right;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The operations that a descriptor allows. An operation without its right fails with EPERM. A
 * duplicate never has more rights than its source (contract, rule 11). Immutable.
 */
public final class Rights {
  private final Set<Right> set;

  private Rights(Set<Right> set) {
    this.set = Set.copyOf(set);
  }

  /** Exactly these rights, or none if no argument is given. */
  public static Rights of(Right... rights) {
    return new Rights(Set.copyOf(Arrays.asList(rights)));
  }

  /** Exactly these rights. */
  public static Rights of(Set<Right> rights) {
    return new Rights(rights);
  }

  /** Every right. */
  public static Rights all() {
    return new Rights(EnumSet.allOf(Right.class));
  }

  /** Whether the right is among these. */
  public boolean contains(Right right) {
    return set.contains(right);
  }

  /** Returns an unmodifiable set. */
  public Set<Right> toSet() {
    return set;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rights it && it.set.equals(set);
  }

  @Override
  public int hashCode() {
    return set.hashCode();
  }

  /** Returns the names in the order of {@link Right}, separated by commas. */
  @Override
  public String toString() {
    return set.stream().sorted().map(Right::name).collect(Collectors.joining(","));
  }
}
