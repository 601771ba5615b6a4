package dev.sockbroker.bench;

import java.io.Closeable;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/**
 * How long it takes until a worker knows that bytes have come. The peer sends the time, the worker
 * compares it with the time at which it was told, and answers a byte.
 */
interface EventLoad extends Closeable {
  /** Where the peer connects. */
  String address() throws IOException;

  /** Serves one connection until the peer closes it; nanoseconds. */
  Histogram run() throws IOException, InterruptedException;
}
