package dev.sockbroker.bench.restart;

import java.io.Closeable;
import java.io.IOException;

/** A port, and the server that serves it now. */
interface Site extends Closeable {
  /** Starts one, whose first server is ready. */
  interface Start {
    Site start() throws IOException;
  }

  int port();

  /** Puts the next server in the place of the present one, and returns when both have happened. */
  void replace(End end) throws IOException;
}
