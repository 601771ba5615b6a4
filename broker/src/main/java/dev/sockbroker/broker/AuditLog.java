package dev.sockbroker.broker;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import dev.sockbroker.broker.config.AuditSettings;
import dev.sockbroker.broker.core.AuditEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Writes the audit to the broker's log or to a file. The broker never waits for it: if nobody takes
 * the lines, entries are dropped and counted. Entries come from the loop; {@link #open} may run on
 * any thread.
 */
final class AuditLog implements Consumer<AuditEntry> {
  private static final int QUEUE = 1024;
  private static final String OWNER_AND_GROUP = "rw-r-----";

  /** Where the entries go, null for nowhere. Replaced on the loop. */
  private AsyncAppender queue;

  private Logger logger;
  private long lost;

  /**
   * Opens the target of the settings, so that a failure can be reported before anything changes.
   *
   * @return null if the audit is off
   */
  static AsyncAppender open(AuditSettings settings) throws IOException {
    if (settings.off()) {
      return null;
    }
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    OutputStreamAppender<ILoggingEvent> target =
        settings.file() == null ? Logging.stderr(context) : file(settings.file());
    AuditLines lines = new AuditLines(settings.file() == null ? Logging.noticePrefix() : "");
    lines.setContext(context);
    lines.start();
    target.setContext(context);
    target.setEncoder(lines);
    target.start();
    return Logging.neverBlocking(context, target, "audit", QUEUE, 0);
  }

  private static FileAppender<ILoggingEvent> file(Path path) throws IOException {
    if (!Files.exists(path)) {
      Files.createFile(
          path,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_AND_GROUP)));
    }
    if (!Files.isRegularFile(path)) {
      // Opening a pipe would wait for its reader.
      throw new IOException("audit.to: " + path + " is not a regular file");
    }
    // Logback reports a file that it cannot open to nobody.
    Files.newOutputStream(path, StandardOpenOption.APPEND).close();
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setName("audit file");
    appender.setFile(path.toString());
    appender.setAppend(true);
    return appender;
  }

  /** Writes to another target from now on. */
  void use(AsyncAppender target) {
    AsyncAppender former = queue;
    queue = target;
    if (target != null) {
      logger = ((LoggerContext) target.getContext()).getLogger("audit");
      logger.setAdditive(false);
      logger.setLevel(Level.INFO);
      logger.addAppender(target);
    }
    if (former != null) {
      logger.detachAppender(former);
      // Waits for what is queued, so not here.
      Thread.ofVirtual().start(former::stop);
    }
  }

  @Override
  public void accept(AuditEntry entry) {
    if (queue == null) {
      return;
    } else if (queue.getRemainingCapacity() == 0) {
      lost += 1 + entry.dropped();
      return;
    }
    logger.info("{}", lost == 0 ? entry : entry.after(entry.dropped() + lost));
    lost = 0;
  }
}
