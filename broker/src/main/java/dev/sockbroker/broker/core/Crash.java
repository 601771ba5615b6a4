package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedKernelSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the system calls after the last commit add to the state of a killed broker. Each is told
 * only once. Loop thread only.
 */
public final class Crash {
  private final Map<Long, Long> receivedByRings = new HashMap<>();
  private final Map<Long, Long> sentByRings = new HashMap<>();
  private final Map<Long, List<SavedKernelSocket>> accepted = new HashMap<>();

  /** The kernel has put bytes into the ring of a descriptor, up to this position. */
  public void onReceivedByRing(long descriptor, long end) {
    receivedByRings.merge(descriptor, end, Math::max);
  }

  /** The kernel has taken bytes from the ring of a descriptor, up to this position. */
  public void onSentByRing(long descriptor, long end) {
    sentByRings.merge(descriptor, end, Math::max);
  }

  /** A connection was accepted from a listener, and nobody knows of it. */
  public void onAccepted(long socket, SavedKernelSocket connection) {
    accepted.computeIfAbsent(socket, _ -> new ArrayList<>()).add(connection);
  }

  long receivedByRing(long descriptor) {
    return receivedByRings.getOrDefault(descriptor, 0L);
  }

  long sentByRing(long descriptor) {
    return sentByRings.getOrDefault(descriptor, 0L);
  }

  Map<Long, List<SavedKernelSocket>> accepted() {
    return accepted;
  }
}
