package dev.sockbroker.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The receiving direction of a lane. Any thread, but only one at a time is inside a call. */
interface LaneReader {
  /** Waits for at least one byte. Returns the number of bytes; -1 at the end of the stream. */
  int read(ByteBuffer into, Duration timeout) throws IOException;

  /** The number of bytes that can be read without waiting, as far as the lane looks. */
  int available() throws IOException;
}
