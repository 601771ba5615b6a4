package dev.sockbroker.bench;

/**
 * What a broker with so many descriptors is like.
 *
 * @param sockets each held by one descriptor more than the extra ones
 * @param heapBytes alive in the broker
 * @param bytesPerSocket with its first descriptor
 * @param bytesPerDescriptor each beyond the first of a socket
 * @param listMillis of {@code sockbroker list --json} as a process, start included
 * @param set time of a blocking set, against a broker of 10 sockets
 * @param event time of an event, against the same
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
