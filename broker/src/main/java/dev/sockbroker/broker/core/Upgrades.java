package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedUpgrade;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * The upgrades of this broker: who asked for the one that runs now, and how the last one went
 * (rules 62, 63 and 67). Loop thread only.
 */
public final class Upgrades {
  private final Environment environment;
  private final SocketTable sockets;
  private final Watchers watchers;
  private LongConsumer start;

  /** Says whether something else must end first, which an upgrade would lose. */
  private BooleanSupplier busy = () -> false;

  /** Runs when an upgrade was given up. */
  private Runnable givenUp = () -> {};

  /** Runs when an upgrade begins. */
  private Runnable beginning = () -> {};

  /** The request for the upgrade that runs now, or null. */
  private DeferredReply asked;

  private int count;
  private long lastMillis;
  private long lastPauseMicros;

  Upgrades(Environment environment, SocketTable sockets, Watchers watchers) {
    this.environment = environment;
    this.sockets = sockets;
    this.watchers = watchers;
  }

  /**
   * @param starter begins an upgrade; gets the longest pause in milliseconds. It must call {@link
   *     #refuse} later, unless another broker takes over
   */
  public void startedBy(LongConsumer starter) {
    start = starter;
  }

  /**
   * @param isBusy whether something is under way that an upgrade would lose
   * @param afterwards runs when an upgrade was given up
   */
  void after(BooleanSupplier isBusy, Runnable afterwards) {
    busy = isBusy;
    givenUp = afterwards;
  }

  /** Sets what runs when an upgrade begins. */
  void before(Runnable task) {
    beginning = task;
  }

  boolean isRunning() {
    return asked != null;
  }

  void onUpgrade(Call call, Request.Upgrade request) {
    call.session().checkAdministrator("upgrade");
    if (start == null) {
      throw new RefusedException(Errno.EOPNOTSUPP, "this broker cannot start another one");
    } else if (asked != null) {
      throw new RefusedException(Errno.EALREADY, "an upgrade is running");
    } else if (busy.getAsBoolean()) {
      throw new RefusedException(Errno.EALREADY, "the configuration is being read; try again");
    }
    DeferredReply reply = new DeferredReply(call);
    reply.begin();
    asked = reply;
    beginning.run();
    start.accept(
        request.pauseMillis() == null
            ? Request.Upgrade.PAUSE_MILLIS_DEFAULT
            : request.pauseMillis());
  }

  /** Tells the client that the upgrade was given up and why. */
  public void refuse(RefusedException why) {
    DeferredReply reply = asked;
    asked = null;
    reply.refuse(why);
    givenUp.run();
  }

  /**
   * Saves the upgrade that runs now.
   *
   * @param frozenNanos when the broker stopped to serve
   */
  public SavedUpgrade save(long frozenNanos) {
    return new SavedUpgrade(
        environment.version(), count + 1, asked.isOver() ? null : asked.call().save(), frozenNanos);
  }

  /** Tells who has to know that this broker has taken over from another one. */
  void restored(SavedUpgrade saved, Call call) {
    count = saved.count();
    lastMillis = environment.clock().millis();
    lastPauseMicros =
        TimeUnit.NANOSECONDS.toMicros(environment.timers().nanoTime() - saved.frozenNanos());
    watchers.happened(
        Event.What.UPGRADED,
        "%s -> %s, paused %d ms"
            .formatted(saved.from(), environment.version(), lastPauseMicros / 1000));
    if (call != null) {
      call.reply(
          new Reply.Upgraded(
              saved.from(), environment.version(), sockets.sockets().size(), lastPauseMicros));
    }
  }

  int count() {
    return count;
  }

  long lastMillis() {
    return lastMillis;
  }

  /** How long the last upgrade paused the broker, in microseconds. */
  public long lastPauseMicros() {
    return lastPauseMicros;
  }
}
