package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.session.Connections;
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
record Freeze(
    BrokerLoop loop, EpollKernel kernel, Connections connections, Conductor conductor, Door door) {
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * @throws IOException if the broker does not come to rest
   */
  SavedState save() throws IOException {
    long frozenNanos = System.nanoTime();
    settle(frozenNanos + SETTLE_NANOS);
    SavedUpgrade upgrade = conductor.upgrades().save(frozenNanos);
    Saving saving = new Saving();
    List<SavedConnection> savedConnections = connections.save(saving);
    return new SavedState(door.save(), upgrade, conductor.save(saving), savedConnections);
  }

  /** Ends all turns, and writes what the kernel takes. */
  private void settle(long untilNanos) throws IOException {
    kernel.acceptThreads().stop(untilNanos);
    do {
      if (System.nanoTime() - untilNanos > 0) {
        throw new IOException("the broker is too busy");
      }
      loop.runTasks(untilNanos);
      connections.flush();
    } while (loop.runTasks(untilNanos) > 0);
  }

  /** Serves again. */
  void thaw() {
    kernel.acceptThreads().resume();
  }
}
