package dev.sockbroker.broker.core;

import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Tasks to run later on the loop. The owner calls {@link #run} at the requested time. */
public final class Timers {
  /**
   * The maximum number of tasks in one run. Others that are due run after the loop has polled its
   * sockets again.
   */
  static final int RUN_MAX = 64;

  private final LongSupplier nanoTime;
  private final LongConsumer wakeAt;
  private final TreeSet<Timer> queue = new TreeSet<>(Timer::compare);
  private long nextId;
  private long wakeAtNanos = Long.MAX_VALUE;

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param wakeAt called with the time, on that clock, of the next call of {@link #run}
   */
  public Timers(LongSupplier nanoTime, LongConsumer wakeAt) {
    this.nanoTime = nanoTime;
    this.wakeAt = wakeAt;
  }

  /** A task that runs once unless it is cancelled. */
  public final class Timer {
    private final long id = nextId++;
    private final long atNanos;
    private Runnable task;

    private Timer(long atNanos, Runnable task) {
      this.atNanos = atNanos;
      this.task = task;
    }

    public void cancel() {
      if (task != null) {
        task = null;
        queue.remove(this);
      }
    }

    /** When it runs, on the clock of {@link Timers#nanoTime}. */
    long atNanos() {
      return atNanos;
    }

    /** The time until it runs. */
    public long leftMillis() {
      return Math.max(0, (atNanos - nanoTime.getAsLong()) / 1_000_000);
    }

    private static int compare(Timer a, Timer b) {
      int byTime = Long.compare(a.atNanos - b.atNanos, 0);
      return byTime != 0 ? byTime : Long.compare(a.id, b.id);
    }
  }

  public long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Schedules a task. The time is 0 or more; a time of more than 100 years becomes 100 years. */
  public Timer after(long millis, Runnable task) {
    long nanos = Math.min(millis, 100L * 365 * 86_400_000) * 1_000_000;
    return at(nanoTime.getAsLong() + nanos, task);
  }

  /** Schedules a task at a time of {@link #nanoTime}, perhaps a past one. */
  Timer at(long atNanos, Runnable task) {
    Timer timer = new Timer(atNanos, task);
    queue.add(timer);
    wake();
    return timer;
  }

  /**
   * Runs the tasks that are due. If there are too many, runs the first ones and requests to be
   * called again immediately.
   */
  public void run() {
    wakeAtNanos = Long.MAX_VALUE;
    long now = nanoTime.getAsLong();
    try {
      for (int i = 0; i < RUN_MAX && isDue(now); i++) {
        Timer due = queue.pollFirst();
        Runnable task = due.task;
        due.task = null;
        task.run();
      }
    } finally {
      // Even after a failed task, because others are due.
      wake();
    }
  }

  private boolean isDue(long now) {
    return !queue.isEmpty() && queue.first().atNanos - now <= 0;
  }

  private void wake() {
    if (!queue.isEmpty()) {
      long first = queue.first().atNanos;
      if (wakeAtNanos == Long.MAX_VALUE || first - wakeAtNanos < 0) {
        wakeAtNanos = first;
        wakeAt.accept(first);
      }
    }
  }
}
