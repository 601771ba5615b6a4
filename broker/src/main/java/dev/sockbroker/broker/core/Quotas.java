package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import java.util.Map;

/**
 * How much each user may have of the broker's resources, and how often, as far as it is configured
 * (rule 20). It does not apply to root and the broker's own user.
 *
 * @param usual for users without an own quota
 * @param ofUsers by uid; what a quota leaves out is as in {@code usual}
 */
public record Quotas(Quota usual, Map<Long, Quota> ofUsers) {
  /** Nothing is configured. */
  public static final Quotas NONE = new Quotas(Quota.NONE, Map.of());

  public Quotas {
    ofUsers = Map.copyOf(ofUsers);
  }

  /**
   * The quota of one user.
   *
   * @param newSessions how many sessions it may begin in a second, or null
   * @param opens how many sockets it may open in a second, or null
   */
  public record Quota(Map<Resource, Amount> amounts, Integer newSessions, Integer opens) {
    /** Nothing is configured. */
    public static final Quota NONE = new Quota(Map.of(), null, null);

    public Quota {
      amounts = Map.copyOf(amounts);
    }
  }

  /**
   * A number, or a part of the broker's limit.
   *
   * @param whole 0 for a number
   */
  public record Amount(int part, int whole) {
    public static Amount number(int number) {
      return new Amount(number, 0);
    }

    /**
     * @throws IllegalArgumentException if it is not between 0 and 1
     */
    public static Amount fraction(int part, int whole) {
      if (part < 1 || whole < part) {
        throw new IllegalArgumentException(
            part + "/" + whole + " is not a fraction (expected: 1/4, which is at most 1/1)");
      }
      return new Amount(part, whole);
    }

    long of(int brokers) {
      return whole == 0 ? part : Math.max(1, (long) brokers * part / whole);
    }
  }

  /** Returns how much of a resource a user may have. */
  long of(long uid, Resource resource, Limits limits) {
    Amount amount = quota(uid).amounts().get(resource);
    if (amount == null) {
      amount = usual.amounts().get(resource);
    }
    return amount == null ? limits.of(Level.USER, resource) : amount.of(limits.of(resource));
  }

  private Quota quota(long uid) {
    return ofUsers.getOrDefault(uid, usual);
  }

  /** Returns how many sessions a user may begin in a second, or null for no limit. */
  Integer newSessions(long uid) {
    Integer own = quota(uid).newSessions();
    return own == null ? usual.newSessions() : own;
  }

  /** Returns how many sockets a user may open in a second, or null for no limit. */
  Integer opens(long uid) {
    Integer own = quota(uid).opens();
    return own == null ? usual.opens() : own;
  }
}
