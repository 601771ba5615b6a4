package dev.sockbroker.broker.policy;

/**
 * The answer to whether something is allowed.
 *
 * @param rule the rule that decided, as messages name it; null if none did
 * @param reason why it is refused; null if it is allowed
 */
public record Decision(boolean isAllowed, String rule, String reason) {
  /** Without a policy, and for root and the broker's own user. */
  static final Decision UNRESTRICTED = new Decision(true, null, null);

  static Decision allowed(Rule by) {
    return new Decision(true, by.toString(), null);
  }

  static Decision refused(Rule by, String reason) {
    return new Decision(false, by == null ? null : by.toString(), reason);
  }
}
