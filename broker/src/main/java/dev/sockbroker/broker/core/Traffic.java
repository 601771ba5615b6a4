package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.PolicyLane;

/**
 * Counts the traffic and the lanes of a socket and of the connections accepted from it, starting
 * when the socket gets its name. A connection with its own name has its own counts. The counters
 * are plain numbers, so that counting is cheap. Loop thread only.
 */
final class Traffic {
  private final Tally all;
  private long accepts;
  private long bytesIn;
  private long bytesOut;
  private int connections;
  private int streams;
  private int rings;
  private int exports;

  /** Whether the socket has a name and therefore its own row. */
  private boolean isNamed;

  /**
   * @param all the totals, which count everything as well
   */
  Traffic(Tally all) {
    this.all = all;
  }

  /** Begins to count for a name. */
  void named() {
    isNamed = true;
    accepts = 0;
    bytesIn = 0;
    bytesOut = 0;
  }

  /** Stops counting for a name. */
  void unnamed() {
    isNamed = false;
  }

  void accepted() {
    accepts++;
    all.accepts++;
    all.namedAccepts += isNamed ? 1 : 0;
  }

  /** Counts an accepted connection that opens (1) or closes (-1). */
  void connections(int change) {
    connections += change;
  }

  void streams(int change) {
    streams += change;
    all.streams += change;
  }

  void rings(int change) {
    rings += change;
    all.rings += change;
  }

  /** Counts descriptors with the raw fd. */
  void exports(int change) {
    exports += change;
    all.exports += change;
  }

  void received(PolicyLane lane, long bytes) {
    bytesIn += bytes;
    all.bytesIn[lane.ordinal()] += bytes;
    all.namedBytesIn += isNamed ? bytes : 0;
  }

  void sent(PolicyLane lane, long bytes) {
    bytesOut += bytes;
    all.bytesOut[lane.ordinal()] += bytes;
    all.namedBytesOut += isNamed ? bytes : 0;
  }

  long accepts() {
    return accepts;
  }

  long bytesIn() {
    return bytesIn;
  }

  long bytesOut() {
    return bytesOut;
  }

  int connections() {
    return connections;
  }

  int streams() {
    return streams;
  }

  int rings() {
    return rings;
  }

  int exports() {
    return exports;
  }
}
