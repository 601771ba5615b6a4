package dev.sockbroker.broker.upgrade;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.FdChannel;
import dev.sockbroker.broker.os.StateMemory;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.broker.state.SavedState;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The old side of an upgrade. Until the new broker owns the state, this one can always continue: it
 * has closed nothing, and its sockets are still armed.
 *
 * @param version of this program
 * @param command starts the new broker
 * @param openFiles how many file descriptors this process has
 * @param limits returns those of what clients can create, by name
 * @param loop the thread that serves the clients
 * @param rehearsal makes the JVM load the code of the upgrade; called on another thread
 * @param frozen stops serving and saves everything; called on the loop
 * @param thaw serves again after {@code frozen}; called on the loop
 * @param succeeded ends this process, because the one with that pid is the broker now; does not
 *     return
 * @param refused gets the reason if the upgrade was given up; called on the loop
 */
public record HandOver(
    String version,
    List<String> command,
    Callable<Integer> openFiles,
    Supplier<Map<String, Integer>> limits,
    ExecutorService loop,
    Runnable rehearsal,
    Callable<SavedState> frozen,
    Runnable thaw,
    LongConsumer succeeded,
    Consumer<RefusedException> refused) {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  /** How long the new broker may take to start, on a busy machine. */
  private static final long START_SECONDS = 60;

  /** Starts an upgrade. Returns at once. Called on the loop. */
  public void start(long pauseMillis) {
    if (!ThreadStart.start("upgrade", () -> run(pauseMillis))) {
      giveUp(Offer.refused("no more threads can be started; " + ThreadStart.REMEDY));
    }
  }

  /** Returns only if this broker continues. */
  private void run(long pauseMillis) {
    try (Successor successor = Successor.start(command)) {
      LOG.info("the new broker (pid {}) is starting", successor.pid());
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
      rehearsal.run();
      try (FdChannel channel = successor.accept(until)) {
        checkOffer(channel, until);
        loop.submit(() -> pass(channel, successor, pauseMillis)).get();
        throw new AssertionError("a broker that has ended");
      }
    } catch (ExecutionException e) {
      giveUp(refusal(e.getCause()));
    } catch (Exception | Error e) {
      // For example, no thread can be started that waits for the new process.
      giveUp(refusal(e));
    }
  }

  private void giveUp(RefusedException why) {
    LOG.warn("the upgrade was given up, and this broker continues: {}", why.getMessage());
    loop.execute(() -> refused.accept(why));
  }

  private static RefusedException refusal(Throwable e) {
    return e instanceof RefusedException it ? it : Offer.refused(text(e));
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private void checkOffer(FdChannel channel, long untilNanos) throws IOException {
    Offer own = own();
    channel.send(own.text(), List.of(), untilNanos);
    FdChannel.Message message = channel.receive(untilNanos);
    if (message == null) {
      throw new IOException("the new broker ended when it started; see its messages in the log");
    }
    String reason = TakeOver.refusal(message.text());
    if (reason != null) {
      throw Offer.refused(reason);
    }
    Offer offer = Offer.parse(message.text());
    own.check(offer);
    LOG.info("handing over to version {}", offer.version());
  }

  private Offer own() throws IOException {
    try {
      return Offer.of(version, openFiles.call(), limits.get());
    } catch (Exception e) {
      throw new IOException("the open files cannot be counted", e);
    }
  }

  /** Blocks the loop until one of the two brokers owns the state. */
  private Void pass(FdChannel channel, Successor successor, long pauseMillis) throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
    String reason;
    try (StateTransfer transfer = new StateTransfer(channel)) {
      try {
        long begin = System.nanoTime();
        SavedState state = frozen.call();
        long saved = System.nanoTime();
        transfer.send(state, until);
        LOG.debug(
            "saved in {} ms, sent in {} ms",
            (saved - begin) / 1_000_000,
            (System.nanoTime() - saved) / 1_000_000);
        reason = reason(channel.receive(until));
      } catch (Exception | Error e) {
        // Whatever has happened, one of the two must become the owner now.
        LOG.debug("handing over has failed", e);
        reason = reason(channel, e, pauseMillis);
      }
      if (!transfer.own(StateMemory.Owner.OLD)) {
        succeeded.accept(successor.pid());
      }
    }
    thaw.run();
    throw Offer.refused(reason);
  }

  /** The new broker may have said why it does not receive what is sent. */
  private static String reason(FdChannel channel, Throwable failure, long pauseMillis) {
    try {
      return reason(channel.receive(System.nanoTime()));
    } catch (IOException e) {
      return failure instanceof SocketTimeoutException
          ? "the new broker did not take over within %d ms; the running one continues (see --timeout)"
              .formatted(pauseMillis)
          : text(failure);
    }
  }

  /** Returns what the new broker says, which does not matter if it owns the state. */
  private static String reason(FdChannel.Message message) {
    if (message == null) {
      return "the new broker ended before it had taken over; see its messages in the log";
    }
    String refusal = TakeOver.refusal(message.text());
    return refusal == null ? message.text() : refusal;
  }
}
