package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.Policy;

/**
 * What a reload of the configuration can change.
 *
 * @param auditGrants whether to record what was allowed, too
 */
public record Terms(Limits limits, Quotas quotas, Policy policy, boolean auditGrants) {
  /** The terms without a configuration file. */
  public static Terms of(Limits limits) {
    return new Terms(limits, Quotas.NONE, Policy.NONE, false);
  }
}
