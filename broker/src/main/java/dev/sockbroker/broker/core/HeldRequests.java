package dev.sockbroker.broker.core;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Requests on one descriptor that wait until bytes of its ring have gone, in the order in which
 * they came (rule 25). Each is handled once, in a task of its own and never while a socket is being
 * served: it may close the ring, the descriptor, or the session.
 */
final class HeldRequests {
  /** Others get their turn after this many. */
  private static final int BURST = 64;

  private final ArrayDeque<HeldCall> calls = new ArrayDeque<>();
  private final OwnedSocket socket;
  private final Executor loop;
  private final Consumer<Call> handler;
  private SendRing ring;
  private boolean scheduled;

  /**
   * @param handler handles a request that need wait no longer
   */
  HeldRequests(OwnedSocket socket, Executor loop, Consumer<Call> handler) {
    this.socket = socket;
    this.loop = loop;
    this.handler = handler;
  }

  /** Whose bytes they wait for from now on. */
  void waitFor(SendRing sending) {
    ring = sending;
  }

  /**
   * Whether a request must wait.
   *
   * @param position behind which bytes, null for one that has no position of its own
   */
  boolean holds(Long position) {
    return !calls.isEmpty() || position != null && ring.hasBytesBefore(position);
  }

  /**
   * Keeps a request.
   *
   * @param position null for one that stands behind others only
   */
  void hold(Call call, Long position) {
    if (position != null) {
      ring.checkPosition(position);
    }
    HeldCall it = new HeldCall(this, call, position);
    call.session().startWaiting(call, it, 1);
    calls.add(it);
  }

  /** It has been cancelled, and those behind it need not wait for it. */
  void drop(HeldCall call) {
    if (calls.remove(call)) {
      call.call().session().stopWaiting(call.call(), 1);
      runDue();
      socket.serveWaitingLater();
    }
  }

  /** How far the ring may send, whose bytes from head to tail are there. */
  long limit(long head, long tail) {
    if (calls.isEmpty()) {
      return tail;
    }
    return isDue() ? head : Math.min(tail, calls.peek().position());
  }

  private boolean isDue() {
    HeldCall first = calls.peek();
    return first != null && (first.position() == null || !ring.hasBytesBefore(first.position()));
  }

  /** Handles soon what need wait no longer. */
  void runDue() {
    if (!scheduled && isDue()) {
      scheduled = true;
      loop.execute(this::run);
    }
  }

  private void run() {
    scheduled = false;
    for (int count = 0; count < BURST && isDue(); count++) {
      run(calls.poll());
    }
    runDue();
    socket.serveWaiting();
  }

  private void run(HeldCall it) {
    Session session = it.call().session();
    session.stopWaiting(it.call(), 1);
    if (!session.isEnded()) {
      handler.accept(it.call());
    }
  }
}
