package dev.sockbroker.system;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A running {@code sockbroker web}. */
final class WebPage implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Process process;
  private final String link;

  static WebPage of(Path broker) throws IOException {
    return of(Command.to(broker));
  }

  static WebPage of(Command command) throws IOException {
    return new WebPage(command.start("web"));
  }

  private WebPage(Process process) {
    this.process = process;
    // a thread of its own, because this line may never come
    link =
        CompletableFuture.supplyAsync(this::firstLine, Command.ON_OWN_THREADS)
            .orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .join();
  }

  private String firstLine() {
    try {
      String line = process.inputReader().readLine();
      return line == null ? new String(process.getErrorStream().readAllBytes()) : line;
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The link that it has printed, with the key. */
  String link() {
    return link;
  }

  int port() {
    return Integer.parseInt(link.replaceFirst("http://127\\.0\\.0\\.1:(\\d+)/\\?key=.*", "$1"));
  }

  /** What it answers to the lines of a request, which can be a wrong one. */
  String answer(String... lines) throws IOException {
    try (Socket client = new Socket("127.0.0.1", port())) {
      String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      client.setSoTimeout((int) TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  Process process() {
    return process;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
