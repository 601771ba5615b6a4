package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;

/**
 * The direction of a ring in which bytes go: the kernel sends straight from the client's memory.
 * What the client has put in is sent also when the client has gone; requests that carry a position
 * wait until the bytes before it have gone (rule 25).
 */
final class SendRing {
  /** How much is sent at once. */
  private static final int CHUNK_BYTES = 256 << 10;

  /** After so much it is the turn of others. */
  private static final int BURST_BYTES = 1 << 20;

  private final Ring ring;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final RingMemory words;
  private final ByteBuf area;
  private final int size;
  private final HeldRequests held;
  private long head;

  /** As far as it is known; read from the client's hands and checked each time. */
  private long tail;

  private boolean blocked;
  private boolean draining;
  private boolean ended;

  /**
   * @param held the requests that wait for its bytes
   */
  SendRing(Ring ring, Descriptor descriptor, RingMemory words, ByteBuf area, HeldRequests held) {
    this.ring = ring;
    this.descriptor = descriptor;
    this.words = words;
    this.area = area;
    this.held = held;
    held.waitFor(this);
    socket = descriptor.socket;
    size = area.capacity();
  }

  /** The kernel has no room for bytes that are there. */
  boolean isBlocked() {
    return blocked;
  }

  /** The client has gone from it, and bytes are still to be sent. */
  boolean isDraining() {
    return draining;
  }

  /** Sends what the client has put in. */
  void pump() {
    for (int moved = 0; moved < BURST_BYTES; ) {
      if (ended) {
        return;
      }
      noteTail();
      long until = held.limit(head, tail);
      if (head == until && until < tail) {
        // It is a held request's turn.
        return;
      }
      if (head == until && !isMoreToCome()) {
        return;
      }
      int sent = head == until ? 0 : send(until);
      if (sent < 0) {
        return;
      }
      if (ring.hasRung()) {
        break;
      }
      moved += sent;
    }
    ring.pumpLater();
  }

  /**
   * Whether the client has put in something between the last look and now, having seen no watch.
   */
  private boolean isMoreToCome() {
    if (draining) {
      drained();
      return false;
    }
    words.watchSend(head + 1);
    return words.sendTail() > tail;
  }

  private void noteTail() {
    if (draining) {
      return;
    }
    long now = words.sendTail();
    if (now < tail || now - head > size) {
      throw new RefusedException(
          Errno.EPROTO,
          "the ring's send tail is " + now + " and not in " + tail + ".." + (head + size));
    }
    tail = now;
  }

  /** The bytes sent, or -1 if that is all for now. */
  private int send(long until) {
    int at = (int) (head & (size - 1));
    int length = (int) Math.min(until - head, Math.min(size - at, CHUNK_BYTES));
    area.setIndex(at, at + length);
    int result = socket.transport().send(area, null, false);
    if (result < 0 && result != -Errno.EAGAIN) {
      end(-result);
      return -1;
    }
    if (result < length) {
      socket.enable(NetworkEvent.WRITE);
    }
    blocked = result < 0;
    if (blocked) {
      return -1;
    }
    head += result;
    assert head <= tail && tail - head <= size : head + ".." + tail;
    held.runDue();
    descriptor.bytesOut += result;
    words.sendHead(head);
    wake(head);
    return result;
  }

  private void wake(long position) {
    if (!draining && words.endSpaceWatch(position)) {
      ring.ringDoorbell();
    }
  }

  /** Nothing more can be sent, so what waits for its bytes need wait no longer. */
  void end(int errno) {
    if (ended) {
      return;
    }
    words.sendEnd(errno);
    wake(Long.MAX_VALUE);
    head = tail;
    over();
    if (draining) {
      ring.drained();
    }
  }

  private void over() {
    ended = true;
    blocked = false;
    held.runDue();
  }

  /** Whether bytes before a position are still to be sent, or to be put in. */
  boolean hasBytesBefore(long position) {
    return !ended && position > head;
  }

  void checkPosition(long position) {
    if (!ended && position - head > size) {
      throw new RefusedException(
          Errno.EINVAL, "the ring's position " + position + " is farther than the ring is long");
    }
  }

  /** The client has gone from it: what it put in before is still sent. */
  void drain() {
    draining = true;
    if (ended || head == tail) {
      drained();
    }
  }

  private void drained() {
    over();
    ring.drained();
  }

  /** Its memory goes, with what was not sent. */
  void close() {
    over();
  }
}
