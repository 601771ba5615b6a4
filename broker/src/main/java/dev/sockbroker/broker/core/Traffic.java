package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.PolicyLane;

/**
 * What went through a socket and the connections that were accepted from it, since it has its name,
 * and which lanes they use now. A connection with a name of its own counts for itself. Plain
 * numbers, so that counting costs nothing. Loop thread only.
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

  /** Whether the socket has a name, and so a row of its own. */
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

  /** From now on it counts as one of the others. */
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
