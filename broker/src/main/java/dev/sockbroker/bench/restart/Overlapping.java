package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.List;

/** The next server is ready on the same port before the current one ends. */
final class Overlapping implements Site {
  private final int port;
  private final List<String> line;
  private Server server;

  /**
   * @param line the command of a server on that port
   */
  Overlapping(int port, List<String> line) throws IOException {
    this.port = port;
    this.line = line;
    server = Server.start(line);
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void replace(End end) throws IOException {
    Server next = Server.start(line);
    server.end(end);
    server = next;
  }

  @Override
  public void close() throws IOException {
    server.end(End.FORCED);
  }
}
