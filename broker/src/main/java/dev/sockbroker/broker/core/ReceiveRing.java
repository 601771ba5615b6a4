package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The receiving direction of a ring: the kernel receives directly into the client's memory. Bytes
 * that the client takes count as its receive (rules 36-39). Bytes that are left when the ring ends
 * go to the next receiver (rule 26).
 */
final class ReceiveRing {
  /**
   * The maximum size of one receive. Larger receives exceed the CPU caches, smaller ones need more
   * calls.
   */
  private static final int CHUNK_BYTES = 256 << 10;

  /** The number of bytes after which other sockets get their turn. */
  private static final int BURST_BYTES = 1 << 20;

  private final Ring ring;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final TransportState transport;
  private final RingMemory words;
  private final ByteBuf area;
  private final int size;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();

  /**
   * Maps positions of the ring to positions in the stream. From each key on, the stream position is
   * the ring position plus the value.
   */
  private final TreeMap<Long, Long> offsets = new TreeMap<>();

  private long tail;

  /** Whether the tail is not in the memory yet, because another broker was killed before that. */
  private boolean untold;

  /** The last known head. The client writes it, so each read is checked. */
  private long head;

  private long end;
  private long watched;

  /** Whether the client waited for the latest bytes and has not taken any of them yet (rule 39). */
  private boolean serving;

  /** Whether the next bytes come after an urgent byte that nobody has read. */
  private boolean beforeUrgent;

  ReceiveRing(Ring ring, Descriptor descriptor, RingMemory words, ByteBuf area) {
    this.ring = ring;
    this.descriptor = descriptor;
    this.words = words;
    this.area = area;
    socket = descriptor.socket;
    transport = socket.transport();
    size = area.capacity();
  }

  SavedRing.Receiving save() {
    return new SavedRing.Receiving(
        offsets.entrySet().stream()
            .map(it -> new SavedRing.Offset(it.getKey(), it.getValue()))
            .toList(),
        tail,
        head,
        end,
        watched,
        serving,
        beforeUrgent);
  }

  void restore(SavedRing.Receiving saved) {
    saved.offsets().forEach(it -> offsets.put(it.from(), it.distance()));
    tail = saved.tail();
    head = saved.head();
    end = saved.end();
    watched = saved.watched();
    serving = saved.serving();
    beforeUrgent = saved.beforeUrgent();
  }

  /**
   * Restores the positions. They are written to the shared memory only when the ring moves bytes
   * again, so a recovery that is killed can be repeated.
   *
   * @param last the position behind the bytes that came last, 0 if none did since the last commit
   */
  void recover(long last) {
    tail = Math.max(Math.max(tail, words.receiveTail()), last);
    head = Math.min(words.receiveHead(), tail);
    if (head < 0 || tail - head > size) {
      throw new RefusedException(
          Errno.EPROTO, "the ring's receive positions are " + head + " and " + tail);
    }
    untold = true;
    watched = 0;
    serving = true;
    if (!offsets.isEmpty()) {
      transport.recover(tail + offsets.lastEntry().getValue());
    }
  }

  /** Returns how many bytes the client could take. */
  long available() {
    return tail - head;
  }

  /** Like {@link TransportState#peek}. */
  int peek() {
    if (available() > 0) {
      return 1;
    }
    return end == 0 ? -Errno.EAGAIN : (int) (RingMemory.ENDED - end);
  }

  /** Whether SO_RCVLOWAT is reached, or there are bytes left before the end. */
  boolean isReadable() {
    return available() >= socket.kernel().receiveLowWaterMark() || end != 0;
  }

  boolean isServing() {
    return serving;
  }

  /** Whether the ring can use the kernel's readiness. */
  boolean wantsMore() {
    return end == 0 && available() < size;
  }

  /** Receives from the kernel into the ring. */
  void pump() {
    if (untold) {
      untold = false;
      words.receiveTail(tail);
      wake(tail);
    }
    noteTaken();
    int moved = 0;
    while (wantsMore() && mayReceive()) {
      if (moved >= BURST_BYTES || ring.hasRung()) {
        ring.pumpLater();
        return;
      }
      int count = receive();
      if (count <= 0) {
        end(count);
        return;
      }
      moved += count;
      // The client takes bytes concurrently.
      noteTaken();
    }
  }

  /**
   * Whether the ring may receive now. Receiving past an unread urgent byte would lose it. So the
   * ring waits until the byte is read, or until the client has nothing else and waits for the bytes
   * after it.
   */
  private boolean mayReceive() {
    int ready = socket.kernel().poll();
    if (transport.hasReturned()) {
      return true;
    }
    boolean urgent = (ready & KernelSocket.PRI) != 0 && !socket.kernel().urgentInline();
    beforeUrgent = urgent && isAtMark() && !isClientHungry();
    return (ready & KernelSocket.ANY_DATA) != 0 && !beforeUrgent;
  }

  /** Whether the next byte comes after the urgent byte. The kernel itself stops there only once. */
  private boolean isAtMark() {
    return socket.kernel().isAtMark();
  }

  private boolean isClientHungry() {
    return available() == 0 && words.isDataWatched();
  }

  private int receive() {
    int at = (int) (tail & (size - 1));
    int room = (int) Math.min(size - available(), Math.min(size - at, CHUNK_BYTES));
    area.setIndex(at, at);
    long offset = transport.position() - tail;
    ring.movesFrom(tail);
    int count = transport.receive(area, room, false, arrival);
    if (count > 0) {
      if (offsets.isEmpty() || offsets.lastEntry().getValue() != offset) {
        offsets.put(tail, offset);
        socket.change().note();
      }
      tail += count;
      assert head <= tail && tail - head <= size : head + ".." + tail;
      descriptor.received(PolicyLane.RING, count);
      words.receiveTail(tail);
      socket.kernel().settle(area, at);
      wake(tail);
    }
    return count;
  }

  private void wake(long position) {
    if (words.endDataWatch(position)) {
      serving = true;
      ring.ringDoorbell();
    }
  }

  private void end(int result) {
    if (result != -Errno.EAGAIN) {
      socket.change().note();
      if (result < 0) {
        // Comes first, because a client that sees the end of the stream may write immediately.
        ring.failed(-result);
      }
      end = RingMemory.ENDED - result;
      words.receiveEnd(end);
      wake(Long.MAX_VALUE);
    }
  }

  /** Counts the bytes that the client has taken since the last call as a receive (rule 37). */
  void noteTaken() {
    long now = words.receiveHead();
    if (now < head || now > tail) {
      throw new RefusedException(
          Errno.EPROTO, "the ring's receive head is " + now + " and not in " + head + ".." + tail);
    }
    if (now > head) {
      head = now;
      serving = false;
      socket.enableReceive();
      // An entry is obsolete when the head has reached the next one.
      while (offsets.size() > 1 && offsets.higherKey(offsets.firstKey()) <= head) {
        offsets.pollFirstEntry();
      }
    }
  }

  void onDoorbell() {
    watched = 0;
  }

  /** Makes the client ring when it takes bytes, if the broker must know that. */
  void watch() {
    if (beforeUrgent && available() == 0) {
      // The client does not ring when it has taken everything and begins to wait.
      socket.retryLater();
    }
    long wanted = wanted();
    if (wanted != watched) {
      watched = wanted;
      words.watchTake(wanted);
      if (wanted != 0 && words.receiveHead() >= wanted) {
        ring.pumpLater();
      }
    }
  }

  private long wanted() {
    if (available() == 0) {
      return 0;
    }
    Registration registration = socket.registration();
    if (serving || beforeUrgent || registration != null && isOfInterest(registration)) {
      return head + 1;
    }
    return available() == size ? tail - size / 2 : 0;
  }

  private static boolean isOfInterest(Registration registration) {
    return registration.selects(NetworkEvent.READ)
        || registration.selects(NetworkEvent.OOB)
        || registration.selects(NetworkEvent.CLOSE);
  }

  /**
   * Returns the bytes that were not taken when the ring ends, in their order. They are charged as
   * ring bytes until somebody takes them.
   */
  void giveBack(ByteBufAllocator buffers) {
    while (head < tail) {
      Map.Entry<Long, Long> part = offsets.floorEntry(head);
      Long next = offsets.higherKey(head);
      long until = next == null ? tail : next;
      transport.giveBack(
          new Returned.Chunk(
              head + part.getValue(),
              copy(buffers, (int) (until - head)),
              null,
              descriptor.session,
              Resource.RING_BYTES));
      descriptor.notReceived(until - head);
      head = until;
    }
  }

  private ByteBuf copy(ByteBufAllocator buffers, int length) {
    int at = (int) (head & (size - 1));
    int first = Math.min(length, size - at);
    return buffers
        .directBuffer(length)
        .writeBytes(area, at, first)
        .writeBytes(area, 0, length - first);
  }
}
