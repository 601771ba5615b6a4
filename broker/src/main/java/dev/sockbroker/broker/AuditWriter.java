package dev.sockbroker.broker;

import dev.sockbroker.broker.core.AuditEntry;
import dev.sockbroker.broker.os.ThreadStart;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes entries of the audit to one target, on a thread of its own, so that nobody waits for the
 * target. What the target does not take is counted.
 */
final class AuditWriter {
  private static final Logger LOG = LoggerFactory.getLogger(AuditWriter.class);
  private static final int QUEUE = 1024;

  /** Wakes the thread at the end. */
  private static final AuditEntry END =
      new AuditEntry(0, 0, 0, 0, null, "", null, null, null, null, 0);

  private final Closeable target;
  private final AuditLines format;
  private final WholeLines lines;
  private final LostEntries lost;

  /** All that were lost, by this writer or others. */
  private final AtomicLong lostInTotal;

  private final BlockingQueue<AuditEntry> queue = new ArrayBlockingQueue<>(QUEUE);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean ending;

  /** How many entries must be mentioned in the next one, because they were lost before it. */
  private long before;

  /**
   * @param target of the lines; closed at the end
   */
  AuditWriter(
      Closeable target,
      WholeLines lines,
      AuditLines format,
      LostEntries lost,
      AtomicLong lostInTotal) {
    this.target = target;
    this.lines = lines;
    this.format = format;
    this.lost = lost;
    this.lostInTotal = lostInTotal;
  }

  /** Starts the thread. */
  void start() {
    if (!ThreadStart.start("audit", this::run)) {
      throw ThreadStart.refusal("write the audit");
    }
  }

  /** Returns false if the queue is full. Does not wait. */
  boolean offer(AuditEntry entry) {
    return queue.offer(entry);
  }

  /** Writes what is in the queue, and nothing more. Does not wait for it. */
  void end() {
    ending = true;
    // A full queue wakes the thread anyway.
    boolean _ = queue.offer(END);
  }

  /** Waits for the end. */
  void await(long millis) throws InterruptedException {
    if (!ended.await(millis, TimeUnit.MILLISECONDS)) {
      LOG.warn("the last entries of the audit were not written in time");
    }
  }

  private void run() {
    try (target) {
      while (!ending || !queue.isEmpty()) {
        AuditEntry next = queue.take();
        if (next != END) {
          write(next);
        }
      }
      lines.finish();
    } catch (IOException e) {
      lose(e);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread.
      Thread.currentThread().interrupt();
    } finally {
      lost.end();
      ended.countDown();
    }
  }

  private void write(AuditEntry entry) {
    try {
      lines.write(format.line(before == 0 ? entry : entry.after(entry.dropped() + before)));
      before = 0;
      lost.onWritten();
    } catch (IOException e) {
      before += 1 + entry.dropped();
      lose(e);
    }
  }

  private void lose(IOException why) {
    lostInTotal.incrementAndGet();
    lost.add(why);
  }
}
