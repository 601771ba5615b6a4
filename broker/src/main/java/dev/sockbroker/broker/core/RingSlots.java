package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import java.util.concurrent.Executor;

/** The rings of one socket: one at most in each direction, or one for both. */
final class RingSlots {
  private final Executor loop;
  private final Runnable serveLater;

  /** Null if what comes does not go through a ring. */
  private Ring receiving;

  /** Null if what goes does not go through a ring. */
  private Ring sending;

  /** Null if nobody waits until the ring that sends is empty. */
  private Runnable onDrained;

  /**
   * @param serveLater has the socket serve what waits for a direction, in a turn of its own
   */
  RingSlots(Executor loop, Runnable serveLater) {
    this.loop = loop;
    this.serveLater = serveLater;
  }

  boolean isAny() {
    return receiving != null || sending != null;
  }

  /** Null if what comes does not go through a ring. */
  ReceiveRing receive() {
    return receiving == null ? null : receiving.receive();
  }

  /** Null if what goes does not go through a ring. */
  SendRing send() {
    return sending == null ? null : sending.send();
  }

  /** Whether a client sends through a ring. */
  boolean isClientSending() {
    return sending != null && !isDraining();
  }

  /** Whether bytes that a client has left in its ring are sent before all others. */
  boolean isDraining() {
    return sending != null && sending.send().isDraining();
  }

  /** Whether the kernel has no room for bytes that are in the ring. */
  boolean isSendBlocked() {
    return sending != null && sending.send().isBlocked();
  }

  /** Whether the kernel's readiness to receive is of use. */
  boolean wantsMore() {
    return receiving != null && receiving.receive().wantsMore();
  }

  /** Bytes that came and were not taken from the ring, for the list. */
  long queuedIn() {
    return receiving == null ? 0 : receiving.receive().available();
  }

  /** Fills the directions in which the ring goes, which are free. */
  void attach(Ring ring) {
    ring.descriptor().ring = ring;
    receiving = ring.receive() != null ? ring : receiving;
    sending = ring.send() != null ? ring : sending;
  }

  /** What comes does not go through the ring any more; what is in it is still sent. */
  void detached(Ring ring) {
    ring.descriptor().ring = null;
    receiving = receiving == ring ? null : receiving;
  }

  /** The ring is empty, and over. */
  void closed(Ring ring) {
    detached(ring);
    if (sending == ring) {
      sending = null;
      if (onDrained != null) {
        loop.execute(onDrained);
        onDrained = null;
      } else {
        serveLater.run();
      }
    }
  }

  /** What is to be done when a ring that drains is empty; null takes that back. */
  void onDrained(Runnable task) {
    onDrained = task;
  }

  /** Moves what can be moved, in both directions. */
  void pump() {
    Ring first = receiving;
    Ring second = sending;
    if (first != null) {
      first.pump();
    }
    if (second != null && second != first) {
      second.pump();
    }
  }

  /** Has the client ring when the broker must know what it takes. */
  void watch() {
    if (receiving != null) {
      receiving.watch();
    }
  }

  /** Nothing can be sent any more. */
  void endSending() {
    if (sending != null) {
      sending.send().end(Errno.EPIPE);
    }
  }

  /** The socket is closed, and what was not sent is lost. */
  void close() {
    if (sending != null) {
      sending.close();
    }
  }
}
