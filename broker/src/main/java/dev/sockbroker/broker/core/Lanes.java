package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/** The lanes of one socket: at most one in each direction, or one for both. */
final class Lanes {
  private final OwnedSocket socket;
  private final Executor loop;

  /** Null if bytes are received in frames. */
  private Lane receiving;

  /** Null if bytes are sent in frames. */
  private Lane sending;

  /** Null if nobody waits until the sending lane is empty. */
  private Runnable onDrained;

  Lanes(OwnedSocket socket, Executor loop) {
    this.socket = socket;
    this.loop = loop;
  }

  /** Whether a descriptor may move bytes at all. */
  static boolean isPossible(Descriptor descriptor) {
    return descriptor.rights.contains(Right.RECV) || descriptor.rights.contains(Right.SEND);
  }

  /**
   * Checks the rights for attaching a lane.
   *
   * @param kind for the message: {@code a ring}
   */
  static void checkRights(Descriptor descriptor, String kind) {
    if (!isPossible(descriptor)) {
      throw new RefusedException(Errno.EPERM, kind + " needs the right RECV, or SEND, or both");
    }
  }

  /** Checks that a lane can be attached to the descriptor's socket. */
  static void checkFree(Descriptor descriptor, String kind) {
    OwnedSocket socket = descriptor.socket;
    boolean receives = descriptor.rights.contains(Right.RECV);
    boolean sends = descriptor.rights.contains(Right.SEND);
    if (!socket.isStream()) {
      throw new RefusedException(Errno.EOPNOTSUPP, "datagrams do not go through " + kind);
    } else if (!socket.transport().isConnected()) {
      throw RefusedException.ofTransfer(Errno.ENOTCONN);
    } else if (receives && (socket.lanes().isReceiving() || socket.isReceiverWaiting())
        || sends && (socket.lanes().isSending() || socket.isSenderWaiting())) {
      throw new RefusedException(
          Errno.EBUSY,
          "the socket already has a ring or a stream in that direction, or operations are waiting"
              + " in it");
    }
  }

  boolean isAny() {
    return receiving != null || sending != null;
  }

  /** Whether a client receives through a lane. */
  boolean isReceiving() {
    return receiving != null;
  }

  /** Whether a lane sends, for a client or what a client has left. */
  boolean isSending() {
    return sending != null;
  }

  /** Whether a client sends through a lane. */
  boolean isClientSending() {
    return sending != null && !isDraining();
  }

  /** Whether a lane still sends bytes that a client has left, before all others. */
  boolean isDraining() {
    return sending != null && sending.isDraining();
  }

  /** Whether a lane is one of these. */
  boolean has(Lane lane) {
    return receiving == lane || sending == lane;
  }

  /** Whether a lane of the descriptor sends, even if the descriptor is closed. */
  boolean isSendingFor(Descriptor descriptor) {
    return sending != null && sending.descriptor() == descriptor;
  }

  /** Whether the kernel has no room for the bytes in the lane. */
  boolean isSendBlocked() {
    return sending != null && sending.isSendBlocked();
  }

  /** The ring that holds the bytes to receive instead of the kernel, or null. */
  ReceiveRing receiveRing() {
    return receiving instanceof Ring ring ? ring.receive() : null;
  }

  /** Whether a stream will pass on whatever the socket has now, so that nobody else gets it. */
  boolean isPassingOn() {
    return receiving instanceof StreamLane stream && stream.isPassingOn();
  }

  /** Returns for which readiness of the socket the kernel should wake the broker. */
  int interest() {
    return receiving == null ? 0 : receiving.interest();
  }

  /** The received bytes that the client has not taken, for the list. */
  long queuedIn() {
    return receiving == null ? 0 : receiving.queuedIn();
  }

  /** Attaches a lane to its directions, which must be free. */
  void attach(Lane lane) {
    socket.change().note();
    lane.descriptor().lane = lane;
    count(lane, 1);
    receiving = lane.receives() ? lane : receiving;
    sending = lane.sends() ? lane : sending;
  }

  private void count(Lane lane, int change) {
    count(lane, change, socket.meter().traffic());
  }

  private static void count(Lane lane, int change, Traffic traffic) {
    if (lane instanceof Ring) {
      traffic.rings(change);
    } else {
      traffic.streams(change);
    }
  }

  /** Moves the count of attached lanes to another counter. */
  void move(Traffic from, Traffic to) {
    all(Lane.class)
        .filter(lane -> lane.descriptor().lane == lane)
        .forEach(
            lane -> {
              count(lane, -1, from);
              count(lane, 1, to);
            });
  }

  /** Attaches a lane of another broker. A detached one only sends what is in it. */
  void restore(Lane lane) {
    if (lane.isDetached()) {
      sending = lane;
      socket.change().note();
    } else {
      attach(lane);
    }
  }

  List<SavedRing> saveRings(Saving saving) {
    return all(Ring.class).map(ring -> ring.save(saving)).toList();
  }

  List<SavedStream> saveStreams(Saving saving) {
    return all(StreamLane.class).map(stream -> stream.save(saving)).toList();
  }

  private <L extends Lane> Stream<L> all(Class<L> kind) {
    return Stream.of(receiving, sending).filter(kind::isInstance).distinct().map(kind::cast);
  }

  boolean isClosingWhenDrained() {
    return onDrained != null;
  }

  /** Stops receiving through the lane. Bytes to send that are in it are still sent. */
  void detached(Lane lane) {
    socket.change().note();
    if (lane.descriptor().lane == lane) {
      lane.descriptor().lane = null;
      count(lane, -1);
    }
    receiving = receiving == lane ? null : receiving;
  }

  /** Removes a lane that is empty and closed. */
  void closed(Lane lane) {
    detached(lane);
    if (sending == lane) {
      sending = null;
      lane.descriptor().change().note();
      if (onDrained != null) {
        loop.execute(onDrained);
        onDrained = null;
      } else {
        socket.serveWaitingLater();
      }
    }
  }

  /** Sets the task to run when a draining lane is empty; null cancels it. */
  void onDrained(Runnable task) {
    socket.change().note();
    onDrained = task;
  }

  /** Handles a wake-up of the socket with this mask. */
  void onReady(int mask) {
    if (receiving != null) {
      receiving.onReady(mask);
    }
  }

  /** Moves bytes in both directions as far as possible. */
  void pump() {
    Lane first = receiving;
    Lane second = sending;
    if (first != null) {
      first.pump();
    }
    if (second != null && second != first) {
      second.pump();
    }
  }

  /** Makes the client report its progress when the broker must know what it takes. */
  void watch() {
    if (receiving != null) {
      receiving.watch();
    }
  }

  /** Ends the sending lane, because nothing can be sent any more. */
  void endSending() {
    if (sending != null) {
      sending.endSending(Errno.EPIPE);
    }
  }

  /** Closes the lanes with the socket. Unsent bytes are lost. */
  void close() {
    if (sending != null) {
      sending.close();
    }
  }
}
