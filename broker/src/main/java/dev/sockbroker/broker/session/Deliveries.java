package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.SessionProxy.Delivery;
import java.util.ArrayDeque;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells in order which frames the kernel has taken. Loop thread only. */
final class Deliveries {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

  /** How many entries are kept for reuse. */
  private static final int SPARE_MAX = 64;

  private final ArrayDeque<Entry> waiting = new ArrayDeque<>(1);
  private final ArrayDeque<Entry> spare = new ArrayDeque<>(1);
  private long memory;

  private static final class Entry {
    private Delivery delivery;

    /** The end of its frame in all that was written. */
    private long end;

    private int memory;
  }

  /**
   * @param end the end of its frame in all that was written
   * @param memory how much memory the delivery keeps in addition to what is written
   */
  void add(Delivery delivery, long end, int memory) {
    Entry entry = spare.poll();
    if (entry == null) {
      entry = new Entry();
    }
    entry.delivery = delivery;
    entry.end = end;
    entry.memory = memory;
    this.memory += memory;
    waiting.add(entry);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** How much memory they keep. */
  long memory() {
    return memory;
  }

  /** Tells those whose frames the kernel has taken. */
  void onSent(long end) {
    while (!waiting.isEmpty() && waiting.peek().end <= end) {
      tell(take(), true);
    }
  }

  /** Tells all that wait that the connection has ended. */
  void fail() {
    while (!waiting.isEmpty()) {
      tell(take(), false);
    }
  }

  private Delivery take() {
    Entry entry = waiting.poll();
    Delivery delivery = entry.delivery;
    entry.delivery = null;
    memory -= entry.memory;
    if (spare.size() < SPARE_MAX) {
      spare.push(entry);
    }
    return delivery;
  }

  /** What it does must not disturb the connection, which goes on sending. */
  static void tell(Delivery delivery, boolean toKernel) {
    try {
      delivery.done(toKernel);
    } catch (RuntimeException e) {
      LOG.error("an action after the sending of a frame failed", e);
    }
  }

  /** Passes all that wait on to be saved, with the ends of their frames. */
  void forEach(ObjLongConsumer<Delivery> saver) {
    waiting.forEach(it -> saver.accept(it.delivery, it.end));
  }
}
