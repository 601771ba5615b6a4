package dev.sockbroker.client;

/**
 * How much one session may keep in the broker (contract, rule 20). Immutable.
 *
 * @param frameBytes the largest frame in either direction, including its length field
 * @param descriptors the number of open descriptors
 * @param tokens the number of tokens that can still be redeemed
 * @param eventObjects the number of event objects
 * @param waitingOperations the number of requests that wait
 * @param bufferedBytes of sends that wait to be taken
 * @param ringBytes of shared memory, both directions together
 */
public record SessionLimits(
    int frameBytes,
    int descriptors,
    int tokens,
    int eventObjects,
    int waitingOperations,
    int bufferedBytes,
    int ringBytes) {}
