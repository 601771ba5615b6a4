package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The direction of a ring in which bytes come: the kernel receives straight into the client's
 * memory. What the client takes counts as its receive (rules 36-39); what it has not taken when the
 * ring ends is the next receiver's (rule 26).
 */
final class ReceiveRing {
  private static final int ANY_DATA =
      KernelSocket.IN | KernelSocket.RDHUP | KernelSocket.HUP | KernelSocket.ERR;

  /** How much is received at once: more costs caches, less costs calls. */
  private static final int CHUNK_BYTES = 256 << 10;

  /** After so much it is the turn of others. */
  private static final int BURST_BYTES = 1 << 20;

  private final Ring ring;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final TransportState transport;
  private final RingMemory words;
  private final ByteBuf area;
  private final int size;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();

  /** Where in the stream a position of the ring stands, from each key on: position plus value. */
  private final TreeMap<Long, Long> offsets = new TreeMap<>();

  private long tail;

  /** As far as it is known; read from the client's hands and checked each time. */
  private long head;

  private long end;
  private long watched;

  /** The client waited for what came last, and has not taken of it yet (rule 39). */
  private boolean serving;

  /** What comes next stands behind an urgent byte that nobody has read. */
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

  /** How many bytes the client could take. */
  long available() {
    return tail - head;
  }

  /** As {@link TransportState#peek}. */
  int peek() {
    if (available() > 0) {
      return 1;
    }
    return end == 0 ? -Errno.EAGAIN : (int) (RingMemory.ENDED - end);
  }

  /** With SO_RCVLOWAT so many, or what is left before the end. */
  boolean isReadable() {
    return available() >= socket.kernel().receiveLowWaterMark() || end != 0;
  }

  boolean isServing() {
    return serving;
  }

  /** Whether the kernel's readiness is of use. */
  boolean wantsMore() {
    return end == 0 && available() < size;
  }

  /** Moves what the kernel has into the ring. */
  void pump() {
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
      // The client takes at the same time.
      noteTaken();
    }
  }

  /**
   * An urgent byte that nobody has read yet would be lost by going on behind it; so that waits
   * until it is read, or until the client wants what stands behind it and has nothing else.
   */
  private boolean mayReceive() {
    int ready = socket.kernel().poll();
    if (transport.hasReturned()) {
      return true;
    }
    boolean urgent = (ready & KernelSocket.PRI) != 0 && !socket.kernel().urgentInline();
    beforeUrgent = urgent && isAtMark() && !isClientHungry();
    return (ready & ANY_DATA) != 0 && !beforeUrgent;
  }

  /** The kernel stops before the urgent byte by itself, once. */
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
    int count = transport.receive(area, room, false, arrival);
    if (count > 0) {
      if (offsets.isEmpty() || offsets.lastEntry().getValue() != offset) {
        offsets.put(tail, offset);
      }
      tail += count;
      assert head <= tail && tail - head <= size : head + ".." + tail;
      descriptor.bytesIn += count;
      words.receiveTail(tail);
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
      if (result < 0) {
        // First: a client that sees the end here may write at once.
        ring.failed(-result);
      }
      end = RingMemory.ENDED - result;
      words.receiveEnd(end);
      wake(Long.MAX_VALUE);
    }
  }

  /** What the client has taken since counts as a receive (rule 37). */
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
      // Of two neighbours the first is over when the head has reached the second.
      while (offsets.size() > 1 && offsets.higherKey(offsets.firstKey()) <= head) {
        offsets.pollFirstEntry();
      }
    }
  }

  void onDoorbell() {
    watched = 0;
  }

  /** Has the client ring when it takes bytes, where somebody must know. */
  void watch() {
    if (beforeUrgent && available() == 0) {
      // Nobody rings for it that the client, which has taken all, begins to wait.
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
   * The ring has ended: what was not taken goes back in the order in which it came. It counts as
   * the ring's until somebody takes it.
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
              descriptor.session.account(),
              Resource.RING_BYTES));
      descriptor.bytesIn -= until - head;
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
