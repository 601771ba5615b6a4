package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Established connections that are retained by name while workers are killed. */
final class Chatting {
  private static final int CLIENTS = 50;

  /** The least number of lines between two kills. */
  private static final int LINES_BETWEEN = 500;

  private final Path broker;
  private final String listener;
  private final int port;
  private final Consumer<String> progress;
  private final List<ChatClient> clients = new ArrayList<>();
  private final List<CompletableFuture<Void>> talks = new ArrayList<>();
  private int workers;

  Chatting(Path broker, String listener, int port, Consumer<String> progress) {
    this.broker = broker;
    this.listener = listener;
    this.port = port;
    this.progress = progress;
  }

  Finding killed(int rounds) throws IOException {
    Server worker = worker();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(ChatClient.connect(i, port));
    }
    clients.forEach(client -> talks.add(client.talk()));
    awaitAllHeard();
    for (int round = 1; round <= rounds; round++) {
      progress.accept("chat: %d of %d".formatted(round, rounds));
      awaitLines(lines() + LINES_BETWEEN);
      worker.end(End.FORCED);
      worker = worker();
    }
    awaitLines(lines() + LINES_BETWEEN);
    clients.forEach(ChatClient::end);
    int failures = failures();
    worker.end(End.FORCED);
    return new Finding(
        "chat, killed",
        rounds,
        "%d clients, %d lines of %d bytes echoed, %d clients disconnected or got a wrong byte"
            .formatted(CLIENTS, lines(), Chat.LINE_BYTES, failures),
        failures == 0);
  }

  private Server worker() throws IOException {
    return Server.start(
        Server.java(ChatWorkerMain.class, broker.toString(), listener, "" + ++workers));
  }

  /**
   * A connection with a reply has its name. If the worker were killed earlier, it would be lost.
   */
  private void awaitAllHeard() throws IOException {
    await(() -> clients.stream().allMatch(it -> it.answered() > 0));
  }

  private void awaitLines(long count) throws IOException {
    await(() -> lines() >= count);
  }

  private long lines() {
    return clients.stream().mapToLong(ChatClient::answered).sum();
  }

  private void await(BooleanSupplier condition) throws IOException {
    Waiting.until(
        "the clients hear more",
        () -> condition.getAsBoolean() || talks.stream().anyMatch(CompletableFuture::isDone));
  }

  private int failures() {
    int failures = 0;
    for (CompletableFuture<Void> talk : talks) {
      try {
        talk.join();
      } catch (CompletionException e) {
        System.err.println(e.getCause().getMessage() + ": " + e.getCause().getCause());
        failures++;
      }
    }
    return failures;
  }
}
