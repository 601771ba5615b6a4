package dev.sockbroker.broker;

import dev.sockbroker.broker.os.ThreadStart;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the process when the broker cannot go on, with one line that says why. The state may be
 * corrupt, so there is no cleanup. The next start replaces what is left behind.
 */
final class FatalError {
  /** EX_SOFTWARE of sysexits.h. */
  static final int EXIT_CODE = 70;

  /** The time limit for writing the line, because stderr may have no reader. */
  private static final int WRITE_MILLIS = 500;

  private static final int FRAMES = 3;

  private static final AtomicBoolean ENDING = new AtomicBoolean();
  private static final CountDownLatch BEGUN = new CountDownLatch(1);

  private FatalError() {}

  /**
   * Ends the process and does not return. Any thread.
   *
   * @param what failed
   * @param why the cause, or null
   */
  static void end(String what, Throwable why) {
    if (!ENDING.compareAndSet(false, true)) {
      // Another thread came first and is still writing its line.
      sleepUntilTheEnd();
    }
    BEGUN.countDown();
    try {
      Logging.writeNow(line(what, why));
    } finally {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  private static void sleepUntilTheEnd() {
    while (true) {
      LockSupport.park();
    }
  }

  /**
   * Waits. If another thread has begun to end the process and stderr blocks its line, this thread
   * ends the process instead.
   */
  static void await(long millis) throws InterruptedException {
    if (BEGUN.await(millis, TimeUnit.MILLISECONDS)) {
      Thread.sleep(WRITE_MILLIS);
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  private static String line(String what, Throwable why) {
    String line = "the broker cannot continue and exits: " + what;
    return why == null ? line : line + ": " + why + advice(why) + place(why);
  }

  private static String advice(Throwable why) {
    if (ThreadStart.isOfThreads(why)) {
      return "; " + ThreadStart.REMEDY;
    }
    return why instanceof OutOfMemoryError
        ? "; give the JVM more memory (SOCKBROKER_JAVA_OPTS=-Xmx...) or lower the limits (--limit)"
        : "";
  }

  private static String place(Throwable why) {
    StringJoiner frames = new StringJoiner(", ", " (at ", ")");
    StackTraceElement[] stack = why.getStackTrace();
    for (int i = 0; i < Math.min(FRAMES, stack.length); i++) {
      frames.add(stack[i].toString());
    }
    return stack.length == 0 ? "" : frames.toString();
  }
}
