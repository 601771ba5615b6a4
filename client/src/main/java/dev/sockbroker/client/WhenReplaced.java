package dev.sockbroker.client;

/** What becomes of a registration when another descriptor replaces it (contract, rules 30, 51). */
public enum WhenReplaced {
  /** It ends. */
  END,
  /**
   * It stands by. It is promoted, under a new number, when the registration that replaced it ends
   * with its descriptor, for instance because its process dies, or is cancelled by its own
   * registrant.
   */
  STAND_BY
}
