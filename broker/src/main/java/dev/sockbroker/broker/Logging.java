package dev.sockbroker.broker;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import dev.sockbroker.broker.metrics.LogCounts;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Configures Logback in code. Everything goes to stderr and nothing to stdout.
 *
 * <p>No thread of the broker waits for stderr, because a separate thread writes. While the reader
 * of stderr is blocked, lines up to INFO are dropped first and then all lines. The broker
 * continues.
 */
public final class Logging {
  /** The capacity of the queue of unwritten lines. */
  private static final int QUEUE = 1024;

  /** The last entries of the queue are reserved for WARN and ERROR. */
  private static final int KEPT_FOR_WARNINGS = 256;

  private static final int FLUSH_MILLIS = 1000;

  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);
  private static final byte[] LAST_WORDS =
      "the broker cannot continue and exits: memory is full\n".getBytes(UTF_8);

  private static volatile LogFormat lineFormat = LogFormat.TEXT;

  private static final LineBudget BUDGET = new LineBudget(System::nanoTime);
  private static final RecentLines RECENT = new RecentLines();

  /** Null before the log was configured. */
  private static volatile DroppedLines dropped;

  private Logging() {}

  /**
   * Replaces the former configuration.
   *
   * @param level error, warn, info, debug, trace
   */
  public static void configure(String level, LogFormat format) {
    lineFormat = effective(format);
    configure(context(), Level.toLevel(level), lineFormat);
    RECENT.setContext(context());
    RECENT.start();
    context().getLogger(Logger.ROOT_LOGGER_NAME).addAppender(RECENT);
  }

  /** The last lines, for a bug report. */
  static String recentLines() {
    return RECENT.text();
  }

  /**
   * The lines that were left out.
   *
   * @param auditLost how many entries of the audit were lost
   */
  static LogCounts counts(long auditLost) {
    return new LogCounts(dropped == null ? 0 : dropped.count(), BUDGET.suppressed(), auditLost);
  }

  /**
   * Limits the rate of lines that clients can cause. To be called after {@link #endOnErrors}, whose
   * filter must see all lines.
   */
  static void limitLines() {
    context().addTurboFilter(BUDGET);
  }

  /** Makes every {@link Error} that is logged or that ends a thread end the process. */
  static void endOnErrors() {
    context().addTurboFilter(new FatalErrorFilter());
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> FatalError.end("thread " + thread.getName() + " failed", thrown));
  }

  /** Stops logging. Waits for at most one second until the queue is written. */
  public static void stop() {
    context().stop();
  }

  /**
   * Writes an ERROR to stderr and bypasses the queue and all locks. If memory or logging itself has
   * failed, it writes as much as it can, and at least a message that was allocated at the start.
   */
  static void writeNow(String message) {
    byte[] line = LAST_WORDS;
    try {
      line = (message + "\n").getBytes(UTF_8);
      line = encoded(message);
    } finally {
      write(line);
    }
  }

  private static void write(byte[] line) {
    try {
      STDERR.write(line);
    } catch (IOException e) {
      // Nobody reads stderr, and the line cannot go anywhere else.
      return;
    }
  }

  private static byte[] encoded(String message) {
    Logger root = context().getLogger(Logger.ROOT_LOGGER_NAME);
    LogLines lines = new LogLines(lineFormat);
    return lines.encode(
        new LoggingEvent(Logging.class.getName(), root, Level.ERROR, message, null, null));
  }

  static void configure(LoggerContext context, Level level, LogFormat format) {
    context.reset();
    AsyncAppender queue =
        neverBlocking(
            context, stderr(context, effective(format)), "queue", QUEUE, KEPT_FOR_WARNINGS);
    dropped = new DroppedLines(queue);
    queue.addFilter(dropped);
    configure(context, level, queue);
  }

  /**
   * Configures what is logged before anybody has said how. It starts no thread: a failure here
   * could not be reported.
   */
  static void configureForStart(LoggerContext context) {
    context.reset();
    configure(context, Level.WARN, stderr(context, effective(LogFormat.AUTO)));
  }

  private static void configure(
      LoggerContext context, Level level, Appender<ILoggingEvent> appender) {
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    levels(context, level);
  }

  private static void levels(LoggerContext context, Level level) {
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level);
    // Netty's own INFO and DEBUG lines only help to debug Netty.
    Level netty = level.isGreaterOrEqual(Level.WARN) || level == Level.TRACE ? level : Level.WARN;
    context.getLogger("io.netty").setLevel(netty);
    // Without a network other than lo it warns about an id that the broker does not use.
    context.getLogger("io.netty.util.internal.MacAddressUtil").setLevel(Level.ERROR);
  }

  /** Returns whether stderr is connected to the journal, which records time and priority itself. */
  static boolean isJournal(Map<String, String> environment, Path stream) {
    try {
      String id =
          Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");
      return id.equals(environment.get("JOURNAL_STREAM"));
    } catch (IOException e) {
      // stderr is closed, so it is not connected to the journal.
      return false;
    }
  }

  private static LogFormat effective(LogFormat format) {
    if (format != LogFormat.AUTO) {
      return format;
    }
    boolean journal = isJournal(System.getenv(), Path.of("/proc/self/fd/2"));
    return journal ? LogFormat.JOURNAL : LogFormat.TEXT;
  }

  private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext context, LogFormat format) {
    LogLines lines = new LogLines(format);
    lines.setContext(context);
    lines.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    // System.err swallows a failed write, so a closed stderr loses the line but does not end the
    // broker.
    appender.setTarget("System.err");
    appender.setEncoder(lines);
    appender.start();
    return appender;
  }

  /** What begins a line of the priority "notice" (sd-daemon(3)); empty outside the journal. */
  static String noticePrefix() {
    return lineFormat == LogFormat.JOURNAL ? "<5>" : "";
  }

  /** Changes which lines are written. */
  static void level(String level) {
    levels(context(), Level.toLevel(level));
  }

  /**
   * @param kept how many of the last entries are for WARN and ERROR only
   */
  private static AsyncAppender neverBlocking(
      LoggerContext context, Appender<ILoggingEvent> target, String name, int capacity, int kept) {
    AsyncAppender appender = new AsyncAppender();
    appender.setContext(context);
    appender.setName(name);
    appender.setQueueSize(capacity);
    appender.setDiscardingThreshold(kept);
    appender.setNeverBlock(true);
    appender.setMaxFlushTime(FLUSH_MILLIS);
    appender.addAppender(target);
    appender.start();
    return appender;
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
