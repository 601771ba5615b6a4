package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.List;

/** wrk(1) at full load on one server. */
final class WebLoad implements Load {
  private final Site server;
  private final Wrk wrk;

  /**
   * @param port the server's port
   * @param line the server's command
   */
  WebLoad(int port, List<String> line) throws IOException {
    server = new Overlapping(port, line);
    wrk = Wrk.start(port);
  }

  @Override
  public Outcome stop() throws IOException {
    Wrk.Outcome outcome = wrk.stop();
    String counted =
        "%,d requests, %d failed, %d connections refused"
            .formatted(outcome.requests(), outcome.failed(), outcome.refused());
    boolean clean = outcome.requests() > 0 && outcome.failed() == 0 && outcome.refused() == 0;
    return new Outcome(counted, clean);
  }

  @Override
  public void close() throws IOException {
    wrk.close();
    server.close();
  }
}
