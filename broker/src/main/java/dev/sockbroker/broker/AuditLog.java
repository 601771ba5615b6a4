package dev.sockbroker.broker;

import dev.sockbroker.broker.config.AuditSettings;
import dev.sockbroker.broker.core.AuditEntry;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Writes the audit to the broker's log or to a file. The broker never waits for it: if nobody takes
 * the lines, entries are dropped and counted. Entries come from the loop; {@link #open} may run on
 * any thread.
 */
final class AuditLog implements Consumer<AuditEntry> {
  private static final String OWNER_AND_GROUP = "rw-r-----";

  /** How long the end of the process waits for the last entries. */
  private static final int END_MILLIS = 1000;

  private final AtomicLong lostInTotal = new AtomicLong();

  /** Where the entries go, null for nowhere. Replaced on the loop. */
  private volatile AuditWriter writer;

  /** How many must be mentioned in the next entry, because there was no room for them. */
  private long before;

  /**
   * Opens the target of the settings, so that a failure can be reported before anything changes.
   *
   * @return null if the audit is off
   */
  AuditWriter open(AuditSettings settings) throws IOException {
    if (settings.off()) {
      return null;
    }
    AuditWriter opened = settings.file() == null ? ofLog() : ofFile(settings.file());
    opened.start();
    return opened;
  }

  private AuditWriter ofLog() {
    WholeLines lines = new WholeLines(new FileOutputStream(FileDescriptor.err).getChannel());
    // stderr stays open for the log.
    return writer(() -> {}, lines, Logging.noticePrefix(), "stderr");
  }

  private AuditWriter writer(Closeable target, WholeLines lines, String prefix, String name) {
    return new AuditWriter(
        target,
        lines,
        new AuditLines(prefix),
        new LostEntries(name, System::nanoTime),
        lostInTotal);
  }

  private AuditWriter ofFile(Path path) throws IOException {
    if (!Files.exists(path)) {
      Files.createFile(
          path,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_AND_GROUP)));
    }
    if (!Files.isRegularFile(path)) {
      // Opening a pipe would wait for its reader.
      throw new IOException("audit.to: " + path + " is not a regular file");
    }
    FileChannel file = FileChannel.open(path, StandardOpenOption.APPEND);
    WholeLines lines = new WholeLines(file);
    if (!endsWithLine(path)) {
      // The disk was full when the last process ended.
      lines.endLineOfOthers();
    }
    return writer(file, lines, "", path.toString());
  }

  private static boolean endsWithLine(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return file.size() == 0 || file.read(last, file.size() - 1) <= 0 || last.get(0) == '\n';
    } catch (AccessDeniedException e) {
      // The broker may be allowed to write only.
      return true;
    }
  }

  /** Writes to another target from now on. */
  void use(AuditWriter target) {
    AuditWriter former = writer;
    writer = target;
    if (former != null) {
      former.end();
    }
  }

  @Override
  public void accept(AuditEntry entry) {
    AuditWriter target = writer;
    if (target == null) {
      return;
    }
    if (target.offer(before == 0 ? entry : entry.after(entry.dropped() + before))) {
      before = 0;
    } else {
      before += 1 + entry.dropped();
      lostInTotal.incrementAndGet();
    }
  }

  /** How many entries were lost because nobody took them. Any thread. */
  long lost() {
    return lostInTotal.get();
  }

  /**
   * Waits until the last entries are written, but not long. To be called when the loop has ended.
   */
  void close() {
    AuditWriter last = writer;
    if (last != null) {
      last.end();
      try {
        last.await(END_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
