package dev.sockbroker.client;

/**
 * What happens to a registration when another descriptor replaces it (contract, rules 30 and 51).
 */
public enum WhenReplaced {
  /** It ends. */
  END,
  /**
   * It stands by. It is promoted, under a new number, when the replacing registration ends with its
   * descriptor, for instance because its process dies, or when its own registrant cancels it.
   */
  STAND_BY
}
