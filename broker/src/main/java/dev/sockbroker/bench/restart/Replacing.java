package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** A server under full load that is replaced again and again: the next one first, then its end. */
final class Replacing {
  private final String name;
  private final List<String> line;
  private final int port;
  private final Consumer<String> progress;

  /**
   * @param name for the report
   * @param line that starts the server, on a listener that exists
   * @param port of that listener
   */
  Replacing(String name, List<String> line, int port, Consumer<String> progress) {
    this.name = name;
    this.line = line;
    this.port = port;
    this.progress = progress;
  }

  /** Each ends as it wishes: nobody is to notice. */
  Finding gracefully(int rounds) throws IOException {
    Wrk.Outcome outcome = run(rounds, Server::end);
    return new Finding(
        name + ", replaced",
        rounds,
        "%d requests, %d failed, %d connections refused"
            .formatted(outcome.requests(), outcome.failed(), outcome.refused()),
        outcome.requests() > 0 && outcome.failed() == 0 && outcome.refused() == 0);
  }

  /** Each is killed: what it was answering fails, and nothing else. */
  Finding byForce(int rounds) throws IOException {
    Wrk.Outcome outcome = run(rounds, Server::kill);
    long inFlight = (long) rounds * Wrk.CONNECTIONS;
    return new Finding(
        name + ", killed",
        rounds,
        "%d requests, %d failed of at most %d in flight, %d connections refused"
            .formatted(outcome.requests(), outcome.failed(), inFlight, outcome.refused()),
        outcome.requests() > 0 && outcome.failed() <= inFlight && outcome.refused() == 0);
  }

  private interface End {
    void of(Server server) throws IOException;
  }

  private Wrk.Outcome run(int rounds, End end) throws IOException {
    Server server = Server.start(line);
    try (Wrk wrk = Wrk.start(port)) {
      for (int round = 1; round <= rounds; round++) {
        progress.accept("%s: %d of %d".formatted(name, round, rounds));
        Server next = Server.start(line);
        end.of(server);
        server = next;
      }
      Wrk.Outcome outcome = wrk.stop();
      server.kill();
      return outcome;
    }
  }
}
