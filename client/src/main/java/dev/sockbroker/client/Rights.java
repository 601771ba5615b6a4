package dev.sockbroker.client;

import dev.sockbroker.protocol.Right;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a descriptor allows its holder. An operation without its right fails with EPERM; rights only
 * shrink on their way (contract, rule 11). Immutable.
 */
public final class Rights {
  private final Set<Right> set;

  private Rights(Set<Right> set) {
    this.set = Set.copyOf(set);
  }

  /** These rights and no others; none at all if none is given. */
  public static Rights of(Right... rights) {
    return new Rights(Set.copyOf(Arrays.asList(rights)));
  }

  /** These rights and no others. */
  public static Rights of(Set<Right> rights) {
    return new Rights(rights);
  }

  /** Every right. */
  public static Rights all() {
    return new Rights(EnumSet.allOf(Right.class));
  }

  public boolean contains(Right right) {
    return set.contains(right);
  }

  /** As an unmodifiable set. */
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

  /** Their names in the order of {@link Right}, with commas between. */
  @Override
  public String toString() {
    return set.stream().sorted().map(Right::name).collect(Collectors.joining(","));
  }
}
