package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.PolicyLane;
import java.util.Arrays;

/**
 * Totals over all sockets, so that nobody has to iterate over them: what there is now, and what has
 * happened since the broker's process began. Each socket updates its part. Loop thread only.
 */
final class Tally {
  int registrations;

  /** The streams that clients have attached. */
  int streams;

  int rings;

  /** The number of descriptors through which the raw fd was exported. */
  int exports;

  /** The connections that the broker has accepted; holders of the raw fd accept without it. */
  long accepts;

  /** Those that were accepted from a socket while it had a name; likewise the bytes. */
  long namedAccepts;

  long namedBytesIn;
  long namedBytesOut;

  /** The network events that were reported. */
  long events;

  /** The sockets that were closed because their retention was over. */
  long expiredRetentions;

  /** By the lane through which a client has received them. */
  final long[] bytesIn = new long[PolicyLane.values().length];

  final long[] bytesOut = new long[PolicyLane.values().length];

  long allBytesIn() {
    return Arrays.stream(bytesIn).sum();
  }

  long allBytesOut() {
    return Arrays.stream(bytesOut).sum();
  }
}
