package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/** Clients that keep their connections, and check every byte that comes back. */
final class ChatClients {
  private static final int CLIENTS = 50;

  private final List<ChatClient> clients = new ArrayList<>();
  private final List<CompletableFuture<Void>> talks = new ArrayList<>();

  /** Connects them. Returns when each of them has got a reply. */
  ChatClients(int port) throws IOException {
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(ChatClient.connect(i, port));
    }
    clients.forEach(client -> talks.add(client.talk()));
    // a connection with a reply has its name; if the worker were killed earlier, it would be lost
    await(() -> clients.stream().allMatch(it -> it.answered() > 0));
  }

  /** Waits until they have got this many more lines. */
  void awaitMore(int lines) throws IOException {
    long before = lines();
    await(() -> lines() >= before + lines);
  }

  private long lines() {
    return clients.stream().mapToLong(ChatClient::answered).sum();
  }

  private void await(BooleanSupplier condition) throws IOException {
    Waiting.until(
        "the clients hear more",
        () -> condition.getAsBoolean() || talks.stream().anyMatch(CompletableFuture::isDone));
  }

  /** Ends them. */
  Load.Outcome stop() {
    clients.forEach(ChatClient::end);
    int failures = failures();
    String counted =
        "%d clients, %d lines of %d bytes echoed, %d clients disconnected or got a wrong byte"
            .formatted(CLIENTS, lines(), Chat.LINE_BYTES, failures);
    return new Load.Outcome(counted, failures == 0);
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
