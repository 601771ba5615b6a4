package dev.sockbroker.client;

import dev.sockbroker.protocol.RingMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** The sending direction of a ring. */
final class RingWriter implements LaneWriter {
  private final SocketRing ring;
  private final RingMemory words;
  private final ByteBuffer area;
  private final int mask;
  private final RingWait wait;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long tail;

  RingWriter(SocketRing ring, RingWait wait, RingMemory words, ByteBuffer area) {
    this.ring = ring;
    this.wait = wait;
    this.words = words;
    this.area = area;
    mask = area.capacity() - 1;
  }

  @Override
  public void write(ByteBuffer from, Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      while (from.hasRemaining()) {
        await(timeout);
        ByteBuffer room = piece();
        int count = Math.min(from.remaining(), room.remaining());
        ByteBuffer part = from.duplicate().limit(from.position() + count);
        room.put(part);
        from.position(from.position() + count);
        put(count);
      }
    } finally {
      lock.unlock();
    }
  }

  ByteBuffer writable() throws IOException {
    wait.enter(lock);
    try {
      check();
      return piece().slice();
    } finally {
      lock.unlock();
    }
  }

  void commit(int count) throws IOException {
    wait.enter(lock);
    try {
      check();
      int room = piece().remaining();
      if (count < 0 || count > room) {
        throw new IllegalArgumentException(
            count + " bytes (expected: 0 to " + room + ", as there is room)");
      }
      put(count);
    } finally {
      lock.unlock();
    }
  }

  /** The contiguous room from the tail on. */
  private ByteBuffer piece() {
    long room = area.capacity() - (tail - words.sendHead());
    int at = (int) (tail & mask);
    return area.duplicate().position(at).limit(at + (int) Math.min(room, area.capacity() - at));
  }

  private void put(int count) {
    long now = tail + count;
    tail = now;
    words.sendTail(now);
    if (words.endSendWatch(now)) {
      ring.ring();
    }
  }

  /** Waits for room. */
  void await(Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      check();
      wait.await(
          () -> hasRoom() || words.sendEnd() != 0,
          on -> words.watchSpace(on ? enough() : 0),
          timeout);
      check();
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom() {
    return tail - words.sendHead() < area.capacity();
  }

  /** Waits until half of the area is free, because each wake-up costs the same. */
  private long enough() {
    return tail - area.capacity() / 2;
  }

  private void check() throws IOException {
    wait.check();
    long errno = words.sendEnd();
    if (errno != 0) {
      throw Failures.ofConnection((int) errno);
    }
  }

  /** The total number of bytes written. */
  long position() {
    return tail;
  }

  void wake() {
    wait.wake();
  }

  void end(Throwable why) {
    wait.end(why);
  }

  /**
   * Called after the end. When it returns, any thread that was moving bytes has moved the position.
   */
  void settle() {
    lock.lock();
    lock.unlock();
  }
}
