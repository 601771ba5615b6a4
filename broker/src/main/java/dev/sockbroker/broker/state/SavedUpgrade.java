package dev.sockbroker.broker.state;

/**
 * The upgrade that hands the state over.
 *
 * @param from the version of the broker that saved the state
 * @param count how many upgrades there were, including this one
 * @param asked the request that the new broker replies to, null if its session has ended
 * @param frozenNanos when the broker stopped to serve
 */
public record SavedUpgrade(String from, int count, SavedCall asked, long frozenNanos) {}
