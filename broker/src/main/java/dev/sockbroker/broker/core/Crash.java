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
  private final Map<Long, Integer> receivedByRings = new HashMap<>();
  private final Map<Long, Integer> sentByRings = new HashMap<>();
  private final Map<Send, Integer> sent = new HashMap<>();
  private final Map<Long, List<SavedKernelSocket>> accepted = new HashMap<>();

  /** A send whose request comes again, because its effect was not committed. */
  private record Send(long session, long request) {}

  /** The kernel has put bytes into the ring of a descriptor. */
  public void onReceivedByRing(long descriptor, int count) {
    receivedByRings.merge(descriptor, count, Integer::sum);
  }

  /** The kernel has taken bytes from the ring of a descriptor. */
  public void onSentByRing(long descriptor, int count) {
    sentByRings.merge(descriptor, count, Integer::sum);
  }

  /** The kernel has taken bytes of a send whose request is still to be handled. */
  public void onSent(long session, long request, int count) {
    sent.merge(new Send(session, request), count, Integer::sum);
  }

  /** A connection was accepted from a listener, and nobody knows of it. */
  public void onAccepted(long socket, SavedKernelSocket connection) {
    accepted.computeIfAbsent(socket, _ -> new ArrayList<>()).add(connection);
  }

  int receivedByRing(long descriptor) {
    return receivedByRings.getOrDefault(descriptor, 0);
  }

  int sentByRing(long descriptor) {
    return sentByRings.getOrDefault(descriptor, 0);
  }

  /** Returns how many bytes of a request's payload the kernel has, or -1 if it was not begun. */
  int takeSent(long session, long request) {
    if (sent.isEmpty()) {
      return -1;
    }
    Integer count = sent.remove(new Send(session, request));
    return count == null ? -1 : count;
  }

  Map<Long, List<SavedKernelSocket>> accepted() {
    return accepted;
  }
}
