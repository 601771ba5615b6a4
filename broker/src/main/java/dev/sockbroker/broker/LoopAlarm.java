package dev.sockbroker.broker;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Runs the core's timers on the loop. A newer alarm time replaces the former one. */
final class LoopAlarm implements LongConsumer {
  private final ScheduledExecutorService loop;
  private Runnable onTime;
  private Future<?> pending;

  LoopAlarm(ScheduledExecutorService loop) {
    this.loop = loop;
  }

  void onTime(Runnable task) {
    onTime = task;
  }

  @Override
  public void accept(long atNanos) {
    if (pending != null) {
      pending.cancel(false);
    }
    pending = loop.schedule(onTime, atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }
}
