package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Crash;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.os.BrokerMark;
import dev.sockbroker.broker.session.Adoption;
import dev.sockbroker.broker.state.SavedDoor;
import dev.sockbroker.broker.state.SavedState;
import java.io.IOException;

/**
 * Continues what another broker hands over, in two steps on the loop. {@link #restore} has no
 * effect on clients, and {@link #serve} serves them. The loop must not return to its sockets in
 * between.
 */
final class Continuation {
  private final Parts parts;
  private final String group;
  private final SavedState saved;
  private final Crash crash;
  private final Adoption adoption;
  private Restoring restoring;
  private Running running;

  /**
   * @param group a group that may also connect, or null
   */
  Continuation(Parts parts, String group, SavedState saved) {
    this(parts, group, saved, null);
  }

  /**
   * @param crash what happened after that state; null unless the former broker was killed
   */
  Continuation(Parts parts, String group, SavedState saved, Crash crash) {
    this.crash = crash;
    this.parts = parts;
    this.group = group;
    this.saved = saved;
    Clients clients = parts.clients();
    adoption =
        new Adoption(
            parts.kernel(), parts.loop(), clients.shared(), clients::adopt, BrokerMark::refusal);
  }

  /** Restores everything. */
  void restore() throws IOException {
    adoption.prepare(saved.connections());
    restoring = new Restoring(parts.environment(), saved.broker(), adoption::proxy, crash);
    adoption.restore(parts.clients().connections(), parts.limits().frameBytes(), restoring);
    adoption.skipSent();
    running = open(saved.door());
  }

  private Running open(SavedDoor door) throws IOException {
    SocketPath path = door.lock() == null ? null : SocketPath.adopt(door, group);
    Running opened = parts.running(restoring.conductor(), path, door.address(), group);
    opened.door().open(door.listener().number());
    return opened;
  }

  /** What was restored. */
  Running running() {
    return running;
  }

  /** Serves all clients, and tells them. */
  void serve() throws IOException {
    adoption.resume(parts.clients().connections());
    if (saved.upgrade() != null) {
      restoring.onTakenOver(saved.upgrade());
    }
    running.door().takenOver();
  }
}
