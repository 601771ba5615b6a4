package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * A server behind HAProxy. The next server gets its own port. When it is ready, HAProxy is reloaded
 * with that port. The old HAProxy process ends with its last connection, and then the old server
 * ends.
 */
final class Reloaded implements Site {
  private final int port = Ports.free();
  private final IntFunction<List<String>> line;
  private final Path configuration = Files.createTempFile("haproxy", ".cfg");
  private final Server haproxy;
  private Server server;

  /**
   * @param line the command of a server on a port
   */
  Reloaded(IntFunction<List<String>> line) throws IOException {
    this.line = line;
    server = next();
    haproxy = Server.launch(List.of("haproxy", "-W", "-f", configuration.toString()));
    Ports.awaitListening(port);
  }

  /** Starts a server and writes a configuration that forwards to it. */
  private Server next() throws IOException {
    int backend = Ports.free();
    Server next = Server.start(line.apply(backend));
    Files.writeString(
        configuration,
        """
        defaults
          mode http
          timeout connect 5s
          timeout client 60s
          timeout server 60s
        listen web
          bind 127.0.0.1:%d
          server version 127.0.0.1:%d
        """
            .formatted(port, backend));
    return next;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void replace(End end) throws IOException {
    Server next = next();
    Set<Long> before = workers();
    haproxy.signal("USR2");
    Waiting.until(
        "HAProxy's old process goes", () -> !workers().isEmpty() && isDisjoint(before, workers()));
    server.end(end);
    server = next;
  }

  private Set<Long> workers() {
    return haproxy.children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  private static boolean isDisjoint(Set<Long> some, Set<Long> others) {
    return others.stream().noneMatch(some::contains);
  }

  @Override
  public void close() throws IOException {
    haproxy.end(End.GRACEFUL);
    server.end(End.FORCED);
    Files.delete(configuration);
  }
}
