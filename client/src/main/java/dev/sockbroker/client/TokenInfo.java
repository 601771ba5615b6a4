package dev.sockbroker.client;

import java.time.Duration;

/**
 * A token that has not been redeemed yet, without its secret (contract, rules 2-9). Immutable.
 *
 * @param id names the token for people; it cannot be redeemed
 * @param session the maker's
 * @param target who can redeem it
 * @param rights of the descriptor that it becomes
 * @param expiresIn from now, in milliseconds; null if it does not expire
 */
public record TokenInfo(
    String id, long session, Target target, Rights rights, Duration expiresIn) {}
