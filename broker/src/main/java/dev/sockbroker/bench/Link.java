package dev.sockbroker.bench;

import java.io.Closeable;
import java.io.IOException;

/**
 * One connection in one lane. It has its own memory, so that each lane can move bytes in its best
 * way. The content of the bytes does not matter. Only one thread uses a link.
 */
interface Link extends Closeable {
  /**
   * Waits and takes available bytes, in one call of the lane.
   *
   * @return the number of bytes; -1 at the end of the stream
   */
  int receive() throws IOException;

  /** Sends exactly that many bytes, at most the link's capacity. */
  void send(int count) throws IOException;

  /** Receives until the other side has closed. */
  default Moved receiveAll() throws IOException, InterruptedException {
    // the clock starts after the first bytes, so they are not counted
    int first = receive();
    long begin = System.nanoTime();
    long bytes = 0;
    for (int count = first; count >= 0; count = receive()) {
      bytes += count;
    }
    return new Moved(Math.max(0, bytes - Math.max(0, first)), begin, System.nanoTime());
  }

  /** Sends messages of that size for some time. */
  default Moved sendFor(int size, long millis) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long length = millis * 1_000_000;
    long bytes = 0;
    while (System.nanoTime() - begin < length) {
      send(size);
      bytes += size;
    }
    return new Moved(bytes, begin, System.nanoTime());
  }

  /** Replies to each message with one of the same size, until the other side has closed. */
  default void answerAll(int size) throws IOException, InterruptedException {
    int waiting = 0;
    for (int count = receive(); count >= 0; count = receive()) {
      waiting += count;
      int whole = waiting - waiting % size;
      if (whole > 0) {
        send(whole);
        waiting -= whole;
      }
    }
  }
}
