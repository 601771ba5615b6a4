package dev.sockbroker.bench;

/**
 * The figures of a broker with that many descriptors.
 *
 * @param sockets each with one descriptor in addition to the extra ones
 * @param heapBytes the live heap of the broker
 * @param bytesPerSocket including its first descriptor
 * @param bytesPerDescriptor for each one after the first of a socket
 * @param listMillis of {@code sockbroker list --json} as a process, including its start
 * @param set the time of a blocking set, relative to a broker with 10 sockets
 * @param event the time of an event, relative to the same broker
 */
public record ScalePoint(
    int descriptors,
    int sockets,
    int sessions,
    long heapBytes,
    double bytesPerSocket,
    double bytesPerDescriptor,
    Spread listMillis,
    Spread set,
    Spread event) {}
