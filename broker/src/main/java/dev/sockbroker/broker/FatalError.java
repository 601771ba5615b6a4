package dev.sockbroker.broker;

import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the process when the broker cannot go on, with one line that says why. Its state may be
 * broken then, so nothing is tidied up: the next start replaces what is left behind.
 */
final class FatalError {
  /** EX_SOFTWARE of sysexits.h. */
  static final int EXIT_CODE = 70;

  /** How long the line may take where nobody reads stderr. */
  private static final int WRITE_MILLIS = 500;

  private static final int FRAMES = 3;

  private static final AtomicBoolean ENDING = new AtomicBoolean();
  private static final CountDownLatch BEGUN = new CountDownLatch(1);

  private FatalError() {}

  /**
   * Ends the process and does not return. Any thread.
   *
   * @param what failed
   * @param why null if the first says it all
   */
  static void end(String what, Throwable why) {
    if (!ENDING.compareAndSet(false, true)) {
      // Another thread was first, and has not finished its line.
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
   * Waits for that long. If the end has begun meanwhile and stderr does not take its line, this
   * ends the process.
   */
  static void await(long millis) throws InterruptedException {
    if (BEGUN.await(millis, TimeUnit.MILLISECONDS)) {
      Thread.sleep(WRITE_MILLIS);
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  private static String line(String what, Throwable why) {
    String line = "the broker cannot go on and ends: " + what;
    return why == null ? line : line + ": " + why + advice(why) + place(why);
  }

  private static String advice(Throwable why) {
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
