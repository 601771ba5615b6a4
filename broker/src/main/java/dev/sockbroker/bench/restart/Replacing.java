package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.function.Consumer;

/** Replaces a server again and again under full load. */
final class Replacing {
  private final String name;
  private final Site.Start site;
  private final Consumer<String> progress;

  /**
   * @param name for the report
   */
  Replacing(String name, Site.Start site, Consumer<String> progress) {
    this.name = name;
    this.site = site;
    this.progress = progress;
  }

  /** Each server ends gracefully, and no client must notice. */
  Finding gracefully(int rounds) throws IOException {
    Wrk.Outcome outcome = run(rounds, End.GRACEFUL);
    return new Finding(
        name + ", replaced",
        rounds,
        "%d requests, %d failed, %d connections refused"
            .formatted(outcome.requests(), outcome.failed(), outcome.refused()),
        outcome.requests() > 0 && outcome.failed() == 0 && outcome.refused() == 0);
  }

  /** Each server is killed. Only the requests that it was processing may fail. */
  Finding byForce(int rounds) throws IOException {
    Wrk.Outcome outcome = run(rounds, End.FORCED);
    long inFlight = (long) rounds * Wrk.CONNECTIONS;
    return new Finding(
        name + ", killed",
        rounds,
        "%d requests, %d failed of at most %d in flight, %d connections refused"
            .formatted(outcome.requests(), outcome.failed(), inFlight, outcome.refused()),
        outcome.requests() > 0 && outcome.failed() <= inFlight && outcome.refused() == 0);
  }

  private Wrk.Outcome run(int rounds, End end) throws IOException {
    try (Site running = site.start();
        Wrk wrk = Wrk.start(running.port())) {
      for (int round = 1; round <= rounds; round++) {
        progress.accept("%s: %d of %d".formatted(name, round, rounds));
        running.replace(end);
      }
      return wrk.stop();
    }
  }
}
