package dev.sockbroker.broker;

import io.netty.channel.IoHandlerContext;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker's one event loop. If it ends, the process ends. */
final class BrokerLoop extends SingleThreadIoEventLoop {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerLoop.class);

  /** The time that one turn spends on tasks before it polls the sockets again. */
  private static final long TASKS_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

  private final AtomicBoolean mayEnd;
  private final LoopTimes times = new LoopTimes();
  private final IoHandlerContext polling = new Polling();

  /** When the tasks of this turn started. */
  private long tasksBegan = System.nanoTime();

  /** How long this turn has spent on socket events. */
  private long ioNanos;

  BrokerLoop() {
    this(new AtomicBoolean());
  }

  private BrokerLoop(AtomicBoolean mayEnd) {
    super(null, thread(mayEnd), EpollIoHandler.newFactory());
    this.mayEnd = mayEnd;
  }

  /** Allows the loop to end, because the broker was told to stop. Any thread. */
  void mayEnd() {
    mayEnd.set(true);
  }

  private static ThreadFactory thread(AtomicBoolean mayEnd) {
    ThreadFactory threads = new DefaultThreadFactory("loop");
    return body -> threads.newThread(() -> run(body, mayEnd));
  }

  private static void run(Runnable body, AtomicBoolean mayEnd) {
    try {
      body.run();
    } finally {
      if (!mayEnd.get()) {
        FatalError.end("the event loop has ended", null);
      }
    }
  }

  /** How long the loop has worked. Loop thread only. */
  LoopTimes times() {
    return times;
  }

  @Override
  protected int runIo() {
    times.turn(ioNanos + System.nanoTime() - tasksBegan);
    ioNanos = 0;
    int handled = ioHandler().run(polling);
    tasksBegan = System.nanoTime();
    return handled;
  }

  /** Like Netty's own context, which measures only loops that Netty can suspend. */
  private final class Polling implements IoHandlerContext {
    @Override
    public boolean canBlock() {
      return !hasTasks();
    }

    @Override
    public long delayNanos(long currentNanos) {
      return BrokerLoop.this.delayNanos(currentNanos);
    }

    @Override
    public long deadlineNanos() {
      return BrokerLoop.this.deadlineNanos();
    }

    @Override
    public boolean shouldReportActiveIoTime() {
      return true;
    }

    @Override
    public void reportActiveIoTime(long nanos) {
      ioNanos += nanos;
    }
  }

  /**
   * Ends the turn on time. Netty itself checks the clock only after every 64 tasks, and one task
   * may end a large session.
   */
  @Override
  protected Runnable pollTask() {
    return System.nanoTime() - tasksBegan > TASKS_NANOS ? null : super.pollTask();
  }

  /**
   * Runs the tasks that wait, and those that they add, without polling the sockets in between. Loop
   * thread only.
   *
   * @param untilNanos when to stop even if more tasks wait
   * @return how many tasks were run
   */
  int runTasks(long untilNanos) {
    int count = 0;
    for (Runnable task = super.pollTask();
        task != null;
        task = System.nanoTime() - untilNanos < 0 ? super.pollTask() : null) {
      safeExecute(task);
      count++;
    }
    return count;
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return super.schedule(() -> runLogged(task), delay, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    return super.scheduleAtFixedRate(() -> runLogged(task), initialDelay, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    return super.scheduleWithFixedDelay(() -> runLogged(task), initialDelay, delay, unit);
  }

  /** Logs what a task throws. Netty would store it in a future that nobody reads. */
  private static void runLogged(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      LOG.error("a scheduled task failed", e);
    }
  }
}
