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

  /** Connections accepted by the broker. Holders of a raw fd accept on their own. */
  long accepts;

  /** The share of named sockets in the totals. */
  long namedAccepts;

  long namedBytesIn;
  long namedBytesOut;

  /** The network events that were reported. */
  long events;

  /** Sockets closed because their retention expired. */
  long expiredRetentions;

  /** Indexed by lane. */
  final long[] bytesIn = new long[PolicyLane.values().length];

  final long[] bytesOut = new long[PolicyLane.values().length];

  long allBytesIn() {
    return Arrays.stream(bytesIn).sum();
  }

  long allBytesOut() {
    return Arrays.stream(bytesOut).sum();
  }
}
