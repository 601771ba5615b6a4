package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.protocol.Errno;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/** The rings of one socket: at most one in each direction, or one for both. */
final class RingSlots {
  private final Executor loop;
  private final Runnable serveLater;

  /** Null without a receiving ring. */
  private Ring receiving;

  /** Null without a sending ring. */
  private Ring sending;

  /** Null if nobody waits until the sending ring is empty. */
  private Runnable onDrained;

  /**
   * @param serveLater schedules serving the operations that wait for a direction, in a separate
   *     task
   */
  RingSlots(Executor loop, Runnable serveLater) {
    this.loop = loop;
    this.serveLater = serveLater;
  }

  boolean isAny() {
    return receiving != null || sending != null;
  }

  /** The receiving ring, or null. */
  ReceiveRing receive() {
    return receiving == null ? null : receiving.receive();
  }

  /** The sending ring, or null. */
  SendRing send() {
    return sending == null ? null : sending.send();
  }

  /** Whether a client sends through a ring. */
  boolean isClientSending() {
    return sending != null && !isDraining();
  }

  /** Whether a ring still sends bytes that a client has left, before all others. */
  boolean isDraining() {
    return sending != null && sending.send().isDraining();
  }

  /** Whether the kernel has no room for the bytes in the ring. */
  boolean isSendBlocked() {
    return sending != null && sending.send().isBlocked();
  }

  /** Whether a ring can use the kernel's readiness to receive. */
  boolean wantsMore() {
    return receiving != null && receiving.receive().wantsMore();
  }

  /** The received bytes that the client has not taken from the ring, for the list. */
  long queuedIn() {
    return receiving == null ? 0 : receiving.receive().available();
  }

  /** Attaches a ring to its directions, which must be free. */
  void attach(Ring ring) {
    ring.descriptor().ring = ring;
    receiving = ring.receive() != null ? ring : receiving;
    sending = ring.send() != null ? ring : sending;
  }

  /** Attaches a ring of another broker. A detached one only sends what is in it. */
  void restore(Ring ring) {
    if (ring.isDetached()) {
      sending = ring;
    } else {
      attach(ring);
    }
  }

  List<SavedRing> save(Saving saving) {
    return Stream.of(receiving, sending)
        .filter(ring -> ring != null)
        .distinct()
        .map(ring -> ring.save(saving))
        .toList();
  }

  boolean isClosingWhenDrained() {
    return onDrained != null;
  }

  /** Stops receiving through the ring. Bytes to send that are in it are still sent. */
  void detached(Ring ring) {
    ring.descriptor().ring = null;
    receiving = receiving == ring ? null : receiving;
  }

  /** Removes a ring that is empty and closed. */
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

  /** Sets the task to run when a draining ring is empty; null cancels it. */
  void onDrained(Runnable task) {
    onDrained = task;
  }

  /** Moves bytes in both directions as far as possible. */
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

  /** Makes the client ring when the broker must know what it takes. */
  void watch() {
    if (receiving != null) {
      receiving.watch();
    }
  }

  /** Ends the sending ring, because nothing can be sent any more. */
  void endSending() {
    if (sending != null) {
      sending.send().end(Errno.EPIPE);
    }
  }

  /** Closes the rings with the socket. Unsent bytes are lost. */
  void close() {
    if (sending != null) {
      sending.close();
    }
  }
}
