package dev.sockbroker.bench.restart;

import java.io.Closeable;
import java.io.IOException;

/** A port and the server that serves it now. */
interface Site extends Closeable {
  /** Starts a site whose first server is ready. */
  interface Start {
    Site start() throws IOException;
  }

  int port();

  /**
   * Replaces the current server with the next one. It returns when one is ready and the other has
   * ended.
   */
  void replace(End end) throws IOException;
}
