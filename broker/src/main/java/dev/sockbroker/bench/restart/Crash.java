package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a broker, kills it with SIGKILL, and starts the next one at once, as a service manager does.
 */
final class Crash implements Interruption, Closeable {
  /** Where the memory that outlives a broker has the times of its crashes. */
  private static final long CRASHES_AT = 128;

  private static final int CRASHES_BYTES = 64;

  /** How long the load goes on before the next kill. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long DEADLINE_SECONDS = 60;

  private final Path socket;
  private final ProcessBuilder serve;
  private final Broker client;
  private Process broker;

  /**
   * Starts a broker.
   *
   * @param log gets its messages
   */
  Crash(Path socket, String launcher, File log) throws IOException {
    this.socket = socket;
    serve =
        new ProcessBuilder(List.of(launcher, "serve", "--keep=auto", "--socket", socket.toString()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.appendTo(log));
    // The launcher then leaves restarts to the service manager.
    serve.environment().put("NOTIFY_SOCKET", socket.resolveSibling("notify").toString());
    broker = serve.start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
    awaitPath();
    client = Broker.connect(socket);
  }

  private void awaitPath() throws IOException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!Files.exists(socket.resolveSibling(socket.getFileName() + ".kept"))) {
      if (!broker.isAlive() || System.nanoTime() > until) {
        throw new IOException("no broker serves " + socket + " and keeps its state");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** Returns the time from the kill to the first reply, to a client that was there before. */
  @Override
  public long once() throws IOException {
    LockSupport.parkNanos(PAUSE_NANOS);
    forgetCrashes();
    long begin = System.nanoTime();
    broker.destroyForcibly().onExit().join();
    broker = serve.start();
    client.ping();
    return (System.nanoTime() - begin) / 1000;
  }

  /** Otherwise the third kill within a minute would be the last. */
  private void forgetCrashes() throws IOException {
    String[] words =
        Files.readString(socket.resolveSibling(socket.getFileName() + ".kept")).strip().split(" ");
    Path memory = Path.of("/proc", words[0], "fd", words[2]);
    try (FileChannel channel = FileChannel.open(memory, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(CRASHES_BYTES), CRASHES_AT);
    }
  }

  private void end() {
    broker.destroy();
  }

  @Override
  public void close() {
    client.close();
    end();
    broker.onExit().join();
  }
}
