package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A server from the machine's packages on its own loopback port, until it is stopped. */
final class ServerProgram {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final Path log;
  private final Process process;
  private final int port;

  /**
   * Starts it and waits until it listens.
   *
   * @param directory the working directory, also for its output
   * @param port the port in its command line
   */
  ServerProgram(Path directory, int port, List<String> line) throws IOException {
    this.port = port;
    log = directory.resolve("server.log");
    process =
        new ProcessBuilder(line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      await().atMost(Duration.ofSeconds(30)).until(this::isListening);
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw new AssertionError(line + " does not listen; it said: " + Files.readString(log), e);
    }
  }

  /** For a program that does not accept port 0. */
  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, LOOPBACK)) {
      return free.getLocalPort();
    }
  }

  private boolean isListening() {
    if (!process.isAlive()) {
      throw new IllegalStateException("it has ended with " + process.exitValue());
    }
    try (Socket probe = new Socket(LOOPBACK, port)) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  /** Uses SIGINT, after which PostgreSQL does not wait for its clients. */
  void stop() throws IOException, InterruptedException {
    Needs.programs("kill");
    Program.run(List.of("kill", "-INT", "" + process.pid()));
    if (!process.waitFor(30, SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("the server did not end; it said: " + Files.readString(log));
    }
  }
}
