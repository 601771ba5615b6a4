package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Established connections that are retained by name while workers are killed. */
final class Chatting {
  /** The least number of lines between two kills. */
  private static final int LINES_BETWEEN = 500;

  private final Path broker;
  private final String listener;
  private final int port;
  private final Consumer<String> progress;
  private int workers;

  Chatting(Path broker, String listener, int port, Consumer<String> progress) {
    this.broker = broker;
    this.listener = listener;
    this.port = port;
    this.progress = progress;
  }

  Finding killed(int rounds) throws IOException {
    Server worker = worker();
    ChatClients clients = new ChatClients(port);
    for (int round = 1; round <= rounds; round++) {
      progress.accept("chat: %d of %d".formatted(round, rounds));
      clients.awaitMore(LINES_BETWEEN);
      worker.end(End.FORCED);
      worker = worker();
    }
    clients.awaitMore(LINES_BETWEEN);
    Load.Outcome outcome = clients.stop();
    worker.end(End.FORCED);
    return new Finding("chat, killed", rounds, outcome.counted(), outcome.clean());
  }

  private Server worker() throws IOException {
    return Server.start(ChatWorkerMain.line(broker, listener, ++workers));
  }
}
