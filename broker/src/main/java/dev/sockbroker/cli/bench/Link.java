package dev.sockbroker.cli.bench;

import java.io.Closeable;
import java.io.IOException;

/**
 * One connection in one lane, with its own memory, so that each lane moves bytes as it does best.
 * What the bytes are does not matter here. Used by one thread.
 */
interface Link extends Closeable {
  /**
   * Waits and takes what has come, in one call of the lane.
   *
   * @return how many bytes; -1 at the end of the stream
   */
  int receive() throws IOException;

  /** Sends so many bytes, all of them; at most what the link was made for. */
  void send(int count) throws IOException;
}
