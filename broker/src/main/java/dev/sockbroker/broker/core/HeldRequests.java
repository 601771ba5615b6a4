package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedDescriptor;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Requests on one descriptor that wait until bytes of its lane were sent, in order of arrival (rule
 * 25). Each is handled once in a separate task, never while a socket is being served, because it
 * may close the lane, the descriptor or the session.
 */
final class HeldRequests {
  /** The number of requests after which other sockets get their turn. */
  private static final int BURST = 64;

  private final ArrayDeque<HeldCall> calls = new ArrayDeque<>();
  private final OwnedSocket socket;
  private final Executor loop;
  private final Consumer<Call> handler;
  private SendPosition lane;
  private boolean scheduled;

  /**
   * @param handler handles a request that no longer has to wait
   */
  HeldRequests(OwnedSocket socket, Executor loop, Consumer<Call> handler) {
    this.socket = socket;
    this.loop = loop;
    this.handler = handler;
  }

  /** Sets the lane for whose bytes the requests wait from now on. */
  void waitFor(SendPosition sending) {
    lane = sending;
  }

  /**
   * Whether a request must wait.
   *
   * @param position the position in the lane, null if the request has none
   */
  boolean holds(Long position) {
    return !calls.isEmpty() || position != null && hasBytesBefore(position);
  }

  private boolean hasBytesBefore(long position) {
    // Requests that are due were restored without their lane, which was gone.
    return lane != null && lane.hasBytesBefore(position);
  }

  /**
   * Keeps a request.
   *
   * @param position null if it only waits behind other requests
   */
  void hold(Call call, Long position) {
    if (position != null) {
      lane.checkPosition(position);
    }
    HeldCall it = new HeldCall(this, call, position);
    call.session().startWaiting(call, it, 1);
    calls.add(it);
    changed(it);
  }

  private static void changed(HeldCall it) {
    Descriptor descriptor = it.call().session().descriptors.get(it.call().descriptor());
    if (descriptor != null) {
      descriptor.change().note();
    }
  }

  List<SavedDescriptor.Held> save() {
    return calls.stream()
        .map(it -> new SavedDescriptor.Held(it.call().save(), it.position()))
        .toList();
  }

  void restore(Call call, Long position) {
    HeldCall it = new HeldCall(this, call, position);
    call.session().restoreWaiting(call, it, 1);
    calls.add(it);
  }

  /** Removes a cancelled request, so that those behind it no longer wait for it. */
  void drop(HeldCall call) {
    if (calls.remove(call)) {
      changed(call);
      call.call().session().stopWaiting(call.call(), 1);
      runDue();
      socket.serveWaitingLater();
    }
  }

  /** Returns how far the lane may send its available bytes from head to tail. */
  long limit(long head, long tail) {
    if (calls.isEmpty()) {
      return tail;
    }
    return isDue() ? head : Math.min(tail, calls.peek().position());
  }

  private boolean isDue() {
    HeldCall first = calls.peek();
    return first != null && (first.position() == null || !hasBytesBefore(first.position()));
  }

  /** Schedules the handling of requests that no longer have to wait. */
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
    changed(it);
    Session session = it.call().session();
    session.stopWaiting(it.call(), 1);
    if (!session.isEnded()) {
      handler.accept(it.call());
    }
  }
}
