package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;

/**
 * The sending direction of a ring: the kernel sends directly from the client's memory. Bytes in the
 * ring are sent even after the client is gone. Requests with a position wait until the bytes before
 * that position were sent (rule 25).
 */
final class SendRing implements SendPosition {
  /** The maximum size of one send. */
  private static final int CHUNK_BYTES = 256 << 10;

  /** The number of bytes after which other sockets get their turn. */
  private static final int BURST_BYTES = 1 << 20;

  private final Ring ring;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final RingMemory words;
  private final ByteBuf area;
  private final int size;
  private final HeldRequests held;
  private long head;

  /** The last known tail. The client writes it, so each read is checked. */
  private long tail;

  private boolean blocked;
  private boolean draining;
  private boolean ended;

  /** Whether the head is not in the memory yet, because another broker was killed before that. */
  private boolean untold;

  /**
   * @param held the requests that wait for bytes of this ring
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

  SavedRing.Sending save() {
    return new SavedRing.Sending(head, tail, blocked, draining, ended);
  }

  void restore(SavedRing.Sending saved) {
    head = saved.head();
    tail = saved.tail();
    blocked = saved.blocked();
    draining = saved.draining();
    ended = saved.ended();
  }

  /**
   * Restores the positions. They are written to the shared memory only when the ring moves bytes
   * again.
   *
   * @param last the position behind the bytes that were sent last, 0 if none were since the last
   *     commit
   */
  void recover(long last) {
    if (ended) {
      return;
    }
    head = Math.max(Math.max(head, words.sendHead()), last);
    tail = draining ? tail : words.sendTail();
    if (head < 0 || tail < head || tail - head > size) {
      throw new RefusedException(
          Errno.EPROTO, "the ring's send positions are " + head + " and " + tail);
    }
    untold = true;
  }

  /** Whether the kernel has no room for the available bytes. */
  boolean isBlocked() {
    return blocked;
  }

  /** Whether the client has left the ring and bytes are still to be sent. */
  boolean isDraining() {
    return draining;
  }

  /** Sends the bytes that the client has put in. */
  void pump() {
    if (untold) {
      untold = false;
      words.sendHead(head);
      wake(head);
    }
    for (int moved = 0; moved < BURST_BYTES; ) {
      if (ended) {
        return;
      }
      noteTail();
      long until = held.limit(head, tail);
      if (head == until && until < tail) {
        // A held request must be handled first.
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

  /** Whether the client has put in bytes since the last check, before it could see the watch. */
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

  /** Returns the number of bytes sent, or -1 if nothing more can be sent now. */
  private int send(long until) {
    int at = (int) (head & (size - 1));
    int length = (int) Math.min(until - head, Math.min(size - at, CHUNK_BYTES));
    area.setIndex(at, at + length);
    ring.movesFrom(head);
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
    descriptor.sent(PolicyLane.RING, result);
    words.sendHead(head);
    if (result > 0) {
      socket.kernel().settle(area, at);
    }
    wake(head);
    return result;
  }

  private void wake(long position) {
    if (!draining && words.endSpaceWatch(position)) {
      ring.ringDoorbell();
    }
  }

  /** Ends sending after an error, so that requests no longer wait for bytes of this ring. */
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
    socket.change().note();
    blocked = false;
    held.runDue();
  }

  @Override
  public boolean hasBytesBefore(long position) {
    return !ended && position > head;
  }

  @Override
  public void checkPosition(long position) {
    if (!ended && position - head > size) {
      throw new RefusedException(
          Errno.EINVAL, "the ring's position " + position + " is farther than the ring is long");
    }
  }

  /** Starts to drain, because the client has left. Bytes that it has put in are still sent. */
  void drain() {
    draining = true;
    socket.change().note();
    if (ended || head == tail) {
      drained();
    }
  }

  private void drained() {
    over();
    ring.drained();
  }

  /** Closes the ring and discards unsent bytes. */
  void close() {
    over();
  }
}
