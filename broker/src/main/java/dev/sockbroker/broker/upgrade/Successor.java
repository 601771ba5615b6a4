package dev.sockbroker.broker.upgrade;

import dev.sockbroker.broker.os.FdChannel;
import dev.sockbroker.broker.os.FdListener;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The process of the new broker, a child of this one. */
final class Successor implements AutoCloseable {
  /** Tells the new broker where to connect, and that it is one. */
  static final String VARIABLE = "SOCKBROKER_TAKE_OVER";

  private final Process process;
  private final FdListener listener;

  private Successor(Process process, FdListener listener) {
    this.process = process;
    this.listener = listener;
  }

  /**
   * Starts it with the output of this process.
   *
   * @param command the program and its arguments
   */
  static Successor start(List<String> command) throws IOException {
    FdListener listener = new FdListener();
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.redirectInput(new File("/dev/null"));
    Map<String, String> environment = builder.environment();
    environment.put(VARIABLE, listener.name());
    // They are addressed to this process. Without WATCHDOG_PID the watchdog is the new one's.
    environment.keySet().removeAll(List.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"));
    environment.remove("WATCHDOG_PID");
    try {
      return new Successor(builder.start(), listener);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  long pid() {
    return process.pid();
  }

  /**
   * Waits until it has started and connects.
   *
   * @throws IOException with the reason if it ends or does not connect in time
   */
  FdChannel accept(long untilNanos) throws IOException, InterruptedException {
    FdChannel channel =
        listener.accept(
            process.pid(), () -> process.isAlive() && System.nanoTime() - untilNanos < 0);
    if (channel != null) {
      return channel;
    } else if (process.isAlive()) {
      throw new IOException("the new broker did not start in time");
    }
    throw new IOException(
        "the new broker ended with exit code %d when it started; see its messages in the log"
            .formatted(process.waitFor()));
  }

  /** Kills it unless it has ended, and waits for its end. */
  @Override
  public void close() {
    listener.close();
    process.destroyForcibly();
    try {
      process.waitFor(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
