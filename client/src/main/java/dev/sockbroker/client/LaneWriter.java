package dev.sockbroker.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The sending direction of a lane. Any thread, but only one at a time is inside a call. */
interface LaneWriter {
  /** Writes all the bytes. */
  void write(ByteBuffer from, Duration timeout) throws IOException;
}
