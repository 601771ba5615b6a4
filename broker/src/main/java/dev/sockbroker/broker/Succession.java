package dev.sockbroker.broker;

import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.UnreadableStateException;
import dev.sockbroker.broker.upgrade.TakeOver;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this process becomes the broker after another one. The work is one task of the loop. If it
 * fails before this broker owns the state, the process ends at once, because the loop must not
 * return to sockets that the other broker serves.
 */
record Succession(TakeOver takeOver, Parts parts, String group, Upgrading upgrading) {
  private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

  /** Takes over. Returns only if this broker owns the state. */
  Running run() throws IOException {
    Rehearsal.run(parts.limits());
    SavedState saved = receive();
    Continuation continuation = new Continuation(parts, group, saved);
    Callable<Running> task = () -> takeOver(continuation);
    Running running = parts.loop().submit(task).syncUninterruptibly().getNow();
    LOG.info(
        "took over from version {}; sessions: {}, sockets: {}, pause: {} ms",
        saved.upgrade().from(),
        saved.connections().size(),
        saved.broker().sockets().size(),
        running.conductor().upgrades().lastPauseMicros() / 1000);
    return running;
  }

  private SavedState receive() throws IOException {
    try {
      return takeOver.receive(Version.text(), parts.limits().all(), parts.environment().buffers());
    } catch (UnreadableStateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Running takeOver(Continuation continuation) {
    try {
      long begin = System.nanoTime();
      continuation.restore();
      LOG.debug("restored in {} ms", (System.nanoTime() - begin) / 1_000_000);
      // Before the first reply, because the next upgrade may follow at once.
      upgrading.allow(parts, continuation.running());
    } catch (Throwable e) {
      String why = "the new broker cannot restore the state: " + e;
      // First, because this process ends as soon as it logs some errors.
      takeOver.refuse(why);
      LOG.error("the state cannot be restored", e);
      giveUp(why);
    }
    if (!takeOver.commit()) {
      giveUp("the new broker was too late");
    }
    try {
      continuation.serve();
      // Only now, because the lock file must name this process when the other one has ended.
      takeOver.tell();
      return continuation.running();
    } catch (IOException | RuntimeException | Error e) {
      FatalError.end("it cannot continue what it has taken over", e);
      throw new AssertionError("a process that has ended", e);
    }
  }

  private void giveUp(String why) {
    takeOver.refuse(why);
    Logging.stop();
    Logging.writeNow(why + "; the old broker continues");
    Runtime.getRuntime().halt(1);
  }
}
