package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Environment;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.os.EpollKernel;
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
  private final BrokerLoop loop;
  private final EpollKernel kernel;
  private final ClientChannels channels;
  private final Environment environment;
  private final String group;
  private final SavedState saved;
  private final Adoption adoption;
  private Restoring restoring;
  private Running running;

  Continuation(
      BrokerLoop loop,
      EpollKernel kernel,
      ClientChannels channels,
      Environment environment,
      String group,
      SavedState saved) {
    this.loop = loop;
    this.kernel = kernel;
    this.channels = channels;
    this.environment = environment;
    this.group = group;
    this.saved = saved;
    adoption = new Adoption(kernel, loop, channels.shared(), channels::adopt);
  }

  /** Restores everything. */
  void restore() throws IOException {
    adoption.prepare(saved.connections());
    restoring = new Restoring(environment, saved.broker(), adoption::proxy);
    adoption.restore(channels.connections(), environment.limits().frameBytes(), restoring);
    running = open(saved.door());
  }

  private Running open(SavedDoor door) throws IOException {
    SocketPath path = door.lock() == null ? null : SocketPath.adopt(door, group);
    Conductor conductor = restoring.conductor();
    Listener listener =
        new Listener(loop, channels, conductor, kernel, environment.limits(), group);
    Door opened = new Door(path, door.address(), listener, kernel);
    opened.open(door.listener().number());
    return new Running(conductor, opened, path, door.address());
  }

  /** What was restored. */
  Running running() {
    return running;
  }

  /** Serves all clients, and tells them. */
  void serve() throws IOException {
    adoption.resume(channels.connections());
    restoring.onTakenOver(saved.upgrade());
    running.door().takenOver();
  }
}
