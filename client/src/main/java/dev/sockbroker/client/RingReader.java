package dev.sockbroker.client;

import dev.sockbroker.protocol.RingMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** The receiving direction of a ring. */
final class RingReader implements LaneReader {
  private final SocketRing ring;
  private final RingMemory words;
  private final ByteBuffer area;
  private final int mask;
  private final RingWait wait;
  private final ReentrantLock lock = new ReentrantLock();
  private long head;

  /** The tail at the last look. */
  private long tail;

  RingReader(SocketRing ring, RingWait wait, RingMemory words, ByteBuffer area) {
    this.ring = ring;
    this.wait = wait;
    this.words = words;
    this.area = area;
    mask = area.capacity() - 1;
  }

  @Override
  public int read(ByteBuffer into, Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      if (!into.hasRemaining()) {
        return 0;
      }
      if (!await(timeout)) {
        return -1;
      }
      int count = 0;
      // The second piece starts at the beginning of the area.
      for (int piece = 0; piece < 2 && into.hasRemaining() && tail > head; piece++) {
        ByteBuffer bytes = piece();
        bytes.limit(Math.min(bytes.limit(), bytes.position() + into.remaining()));
        int length = bytes.remaining();
        into.put(bytes);
        head += length;
        count += length;
      }
      taken();
      return count;
    } finally {
      lock.unlock();
    }
  }

  ByteBuffer readable() throws IOException {
    wait.enter(lock);
    try {
      wait.check();
      look();
      return piece().slice().asReadOnlyBuffer();
    } finally {
      lock.unlock();
    }
  }

  /** The contiguous bytes from the head on. */
  private ByteBuffer piece() {
    int at = (int) (head & mask);
    int length = (int) Math.min(tail - head, area.capacity() - at);
    return area.duplicate().position(at).limit(at + length);
  }

  void advance(int count) throws IOException {
    wait.enter(lock);
    try {
      wait.check();
      if (count < 0 || count > tail - head) {
        throw new IllegalArgumentException(
            count + " bytes (expected: 0 to " + (tail - head) + ", those that are readable)");
      }
      head += count;
      taken();
    } finally {
      lock.unlock();
    }
  }

  private void taken() {
    words.receiveHead(head);
    if (words.endTakeWatch(head)) {
      ring.ring();
    }
  }

  /** Waits for a byte. Returns false at the end of the stream. */
  boolean await(Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      wait.await(this::isReady, on -> words.watchData(on ? head + 1 : 0), timeout);
      if (tail > head) {
        return true;
      }
      int errno = (int) (words.receiveEnd() - RingMemory.ENDED);
      if (errno != 0) {
        throw Failures.ofConnection(errno);
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isReady() {
    if (look()) {
      return true;
    }
    boolean ended = words.receiveEnd() != 0;
    // Bytes before the end may have arrived after the first look.
    look();
    return ended;
  }

  private boolean look() {
    if (tail == head) {
      tail = words.receiveTail();
    }
    return tail > head;
  }

  /** The number of bytes that have arrived and were not taken. */
  @Override
  public int available() {
    wait.enter(lock);
    try {
      look();
      return (int) (tail - head);
    } finally {
      lock.unlock();
    }
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
