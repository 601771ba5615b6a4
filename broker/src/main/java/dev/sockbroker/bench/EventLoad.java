package dev.sockbroker.bench;

import java.io.Closeable;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/**
 * Measures how long it takes until a worker learns about received bytes. The peer sends the current
 * time. The worker compares it with the time of the notification and replies with a byte.
 */
interface EventLoad extends Closeable {
  /** The address that the peer connects to. */
  String address() throws IOException;

  /** Serves one connection until the peer closes it. The times are in nanoseconds. */
  Histogram run() throws IOException, InterruptedException;
}
