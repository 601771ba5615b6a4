package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.SavedUpgrade;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stops serving between two turns and saves everything (rule 56). While the loop does not return to
 * its sockets, nobody is served. Loop thread only.
 */
record Freeze(Parts parts, Running running) {
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * @throws IOException if the broker does not come to rest
   */
  SavedState save() throws IOException {
    long frozenNanos = System.nanoTime();
    settle(frozenNanos + SETTLE_NANOS);
    Conductor conductor = running.conductor();
    SavedUpgrade upgrade = conductor.upgrades().save(frozenNanos);
    Saving saving = new Saving();
    List<SavedConnection> connections = parts.clients().connections().save(saving);
    return new SavedState(running.door().save(), upgrade, conductor.save(saving), connections);
  }

  /** Ends all turns, and writes what the kernel takes. */
  private void settle(long untilNanos) throws IOException {
    parts.kernel().acceptThreads().stop(untilNanos);
    do {
      if (System.nanoTime() - untilNanos > 0) {
        throw new IOException("the broker is too busy");
      }
      parts.loop().runTasks(untilNanos);
      parts.clients().connections().flush();
    } while (parts.loop().runTasks(untilNanos) > 0);
  }

  /** Serves again. */
  void thaw() {
    parts.kernel().acceptThreads().resume();
  }
}
