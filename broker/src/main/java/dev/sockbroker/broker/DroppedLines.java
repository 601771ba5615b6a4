package dev.sockbroker.broker;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the lines that a queue is about to drop, because Logback does not. Any thread. */
final class DroppedLines extends Filter<ILoggingEvent> {
  private final AsyncAppender queue;
  private final AtomicLong count = new AtomicLong();

  DroppedLines(AsyncAppender queue) {
    this.queue = queue;
  }

  long count() {
    return count.get();
  }

  /** Applies the queue's own rule: its last slots are reserved for warnings and errors. */
  @Override
  public FilterReply decide(ILoggingEvent event) {
    int room = queue.getRemainingCapacity();
    boolean isWarning = event.getLevel().isGreaterOrEqual(Level.WARN);
    if (room == 0 || room < queue.getDiscardingThreshold() && !isWarning) {
      count.incrementAndGet();
    }
    return FilterReply.NEUTRAL;
  }
}
