package dev.sockbroker.bench.restart;

import java.io.Closeable;
import java.io.IOException;

/** Clients that keep working while the broker is upgraded, and the server that they use. */
interface Load extends Closeable {
  /** Starts a load. It returns when the clients are served. */
  interface Start {
    Load start() throws IOException;
  }

  /**
   * What the clients saw.
   *
   * @param counted the counts in words
   * @param clean whether no client saw a failure
   */
  record Outcome(String counted, boolean clean) {}

  /** Ends the clients' work and counts it. */
  Outcome stop() throws IOException;
}
