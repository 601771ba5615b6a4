package dev.sockbroker.bench.restart;

import java.io.IOException;

/** What is done to a broker again and again while clients use it. */
@FunctionalInterface
interface Interruption {
  /** Does it once. Returns how long nobody served, in microseconds. */
  long once() throws IOException;
}
