package dev.sockbroker.bench;

import java.io.IOException;
import org.HdrHistogram.Histogram;

/** Clients of a web server at full speed, each with one request at a time. */
interface WebLoad {
  /**
   * Makes requests for some time.
   *
   * @param entrance the server's port
   * @param keepAlive whether a connection is used for all requests, or for one
   * @throws IOException also if a request fails
   */
  Run run(String entrance, int connections, boolean keepAlive, long millis) throws IOException;

  /**
   * What the clients measured.
   *
   * @param nanos the time of each request
   * @param millis how long it took in fact
   */
  record Run(Histogram nanos, long millis) {}
}
