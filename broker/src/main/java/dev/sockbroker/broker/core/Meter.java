package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.PolicyLane;

/**
 * Counts what happens on one socket. An accepted connection without a name adds to the traffic of
 * its listener. Loop thread only.
 */
final class Meter {
  private final Tally all;
  private Traffic traffic;

  /** Whether the traffic is that of the listener. */
  private boolean isShared;

  /** Bytes that were counted and then returned to the socket, so they will be received again. */
  private long returnedBytes;

  /**
   * @param all the totals of all sockets
   */
  Meter(Tally all) {
    this.all = all;
    traffic = new Traffic(all);
  }

  Traffic traffic() {
    return traffic;
  }

  /** Adds to the listener's traffic from now on. Must be called before the socket has lanes. */
  void joins(Meter listener) {
    traffic = listener.traffic;
    traffic.connections(1);
    isShared = true;
  }

  /** Starts to count for a name, and no longer for the listener. */
  void named(Lanes lanes, Exports exports) {
    if (isShared) {
      Traffic former = traffic;
      leave();
      traffic = new Traffic(all);
      lanes.move(former, traffic);
      exports.move(former, traffic);
    }
    traffic.named();
  }

  void unnamed() {
    traffic.unnamed();
  }

  void closed() {
    if (isShared) {
      leave();
    }
  }

  private void leave() {
    isShared = false;
    traffic.connections(-1);
  }

  void event() {
    all.events++;
  }

  void received(PolicyLane lane, long bytes) {
    long again = Math.min(returnedBytes, bytes);
    returnedBytes -= again;
    traffic.received(lane, bytes - again);
  }

  /** Bytes that were counted as received have returned to the socket. */
  void returned(long bytes) {
    returnedBytes += bytes;
  }

  void sent(PolicyLane lane, long bytes) {
    traffic.sent(lane, bytes);
  }
}
