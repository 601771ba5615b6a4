package dev.sockbroker.broker;

import dev.sockbroker.broker.os.SpareThreads;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Ends the process when the event loop hangs. Every second it submits a task to the loop, and it
 * counts the seconds without an answer. Time during which the whole process was stopped or the
 * machine slept therefore does not count.
 */
final class Watchdog {
  private static final int PERIOD_MILLIS = 1000;

  private final SingleThreadEventExecutor loop;
  private final SpareThreads spareThreads;
  private final Runnable sign = this::onSign;
  private volatile boolean signed = true;
  private volatile int secondsMax;
  private int silentSeconds;

  /**
   * @param secondsMax how long the loop may be silent
   */
  Watchdog(SingleThreadEventExecutor loop, SpareThreads spareThreads, int secondsMax) {
    this.loop = loop;
    this.spareThreads = spareThreads;
    this.secondsMax = secondsMax;
  }

  /** Sets a new limit for the shutdown: how long the loop may be silent from now on. Any thread. */
  void allow(int seconds) {
    secondsMax = seconds;
  }

  /** Watches until the process ends. */
  void run() throws InterruptedException {
    while (true) {
      checkLoop();
      spareThreads.renew();
      FatalError.await(PERIOD_MILLIS);
    }
  }

  private void checkLoop() {
    if (signed) {
      silentSeconds = 0;
      askForSign();
    } else if (++silentSeconds >= secondsMax) {
      FatalError.end("the event loop has not run for " + silentSeconds + " s", whereItIs());
    }
  }

  private void askForSign() {
    signed = false;
    try {
      loop.execute(sign);
    } catch (RejectedExecutionException e) {
      // The loop is ending. Shutdown bounds the rest of the process.
      return;
    }
  }

  private void onSign() {
    signed = true;
  }

  private Throwable whereItIs() {
    Throwable where = new IllegalStateException("it hangs");
    where.setStackTrace(loop.threadProperties().stackTrace());
    return where;
  }
}
