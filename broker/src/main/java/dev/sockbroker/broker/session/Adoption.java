package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Restoring;
import dev.sockbroker.broker.core.SessionProxy;
import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;

/**
 * Continues the connections of another broker, in three steps: it creates the proxies that the core
 * needs to restore its sessions, then restores the connections, and serves them when this broker
 * owns them. Before that it writes and reads nothing. Loop thread only.
 */
public final class Adoption {
  private final Kernel kernel;
  private final Executor loop;
  private final LoopShared shared;
  private final IntFunction<ClientConnection> connections;
  private final IntFunction<RefusedException> refusal;
  private final List<Adopted> adopted = new ArrayList<>();
  private final Map<Long, FrameProxy> proxies = new HashMap<>();
  private final List<FdOutbox> fdConnections = new ArrayList<>();

  private record Adopted(SavedConnection saved, FrameProxy proxy) {}

  /**
   * @param connections makes a connection of an fd that is on hold, and one that has ended of -1
   * @param refusal says why the process with a pid is refused a session, or null
   */
  public Adoption(
      Kernel kernel,
      Executor loop,
      LoopShared shared,
      IntFunction<ClientConnection> connections,
      IntFunction<RefusedException> refusal) {
    this.kernel = kernel;
    this.loop = loop;
    this.shared = shared;
    this.connections = connections;
    this.refusal = refusal;
  }

  /** Creates a proxy for each connection. */
  public void prepare(List<SavedConnection> saved) {
    for (SavedConnection it : saved) {
      ClientConnection connection = connections.apply(it.fd() == null ? -1 : it.fd().number());
      Identity identity = new Identity(it.pid(), it.uid());
      FrameProxy proxy = new FrameProxy(connection, identity, kernel, shared);
      adopted.add(new Adopted(it, proxy));
      proxies.put(it.session(), proxy);
    }
  }

  /** Returns the proxy of a session. */
  public SessionProxy proxy(long session) {
    return proxies.get(session);
  }

  /** Restores the connections of the sessions that the core has restored. */
  public void restore(Connections connections, int frameBytesMax, Restoring restoring) {
    for (Adopted it : adopted) {
      FrameAdapter adapter =
          new FrameAdapter(
              restoring.conductor(),
              it.proxy.connection(),
              it.proxy.identity(),
              kernel,
              shared,
              connections,
              frameBytesMax);
      if (it.saved.pidfd() != null) {
        adapter.watchedBy(watch(it.saved, adapter));
      }
      adapter.restore(it.saved, it.proxy, restoring);
      if (!adapter.isWelcomed()) {
        adapter.checkAtHello(() -> refusal.apply(it.proxy.identity().pid()));
      }
      if (it.saved.fdConnection() != null) {
        restore(it.saved.fdConnection(), it.proxy, restoring);
      }
    }
  }

  /** Each session ends in a separate task, because one process can have many sessions. */
  private WatchedProcess watch(SavedConnection saved, FrameAdapter adapter) {
    return kernel.adopt(
        new SavedProcess(saved.pid(), saved.pidfd(), saved.session()),
        () -> loop.execute(adapter::onProcessEnded));
  }

  private void restore(SavedConnection.FdConnection saved, FrameProxy owner, Restoring restoring) {
    ClientConnection connection = connections.apply(saved.fd().number());
    FdOutbox fds = FdOutbox.restore(kernel, connection, shared.connections(), owner.account());
    Conductor conductor = restoring.conductor();
    connection.listener(new FdHandler(fds, owner.identity(), conductor.endedSessions()));
    connection.restore(saved.output(), false);
    fds.add(saved, restoring);
    owner.fdOutbox(fds);
    fdConnections.add(fds);
  }

  /**
   * Counts as sent what the clients already have. To be called when everything is restored, because
   * that has consequences.
   */
  public void skipSent() {
    adopted.forEach(it -> it.proxy.connection().restoreSent(it.saved.sent()));
  }

  /** Serves all clients, because this broker owns their connections now. */
  public void resume(Connections connections) {
    connections.resume();
    fdConnections.forEach(FdOutbox::resume);
  }
}
