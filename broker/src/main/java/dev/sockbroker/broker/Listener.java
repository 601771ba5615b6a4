package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.BrokerMark;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.os.PeerCredentials;
import dev.sockbroker.broker.session.ClientConnection;
import dev.sockbroker.broker.session.FrameAdapter;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts clients, asks the kernel for their identity, and creates a session for each. */
final class Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private final BrokerLoop loop;
  private final Conductor conductor;
  private final EpollKernel kernel;
  private final ClientProcesses processes;
  private final Limits limits;
  private final boolean othersMayConnect;
  private final long ownUid = SocketPaths.effectiveUid();
  private final long ownPid = ProcessHandle.current().pid();
  private final Clients clients;

  /**
   * @param group a group that may also connect, or null. The permissions of the path enforce this
   */
  Listener(
      BrokerLoop loop,
      Clients clients,
      Conductor conductor,
      EpollKernel kernel,
      Limits limits,
      String group) {
    this.loop = loop;
    this.clients = clients;
    this.conductor = conductor;
    this.kernel = kernel;
    this.processes = new ClientProcesses(kernel, loop);
    this.limits = limits;
    this.othersMayConnect = group != null;
  }

  /** Accepts clients from the descriptor of a listener. */
  Entrance open(int fd) {
    return new Entrance(kernel.takeListener(fd), loop, this::onClient);
  }

  /** Serves a connection that another broker has accepted. */
  void onClient(int fd) {
    onClient(kernel.takeConnection(fd));
  }

  /** A failure ends this connection only. */
  private void onClient(KernelSocket socket) {
    ClientConnection connection = clients.connection(socket);
    try {
      serve(connection, kernel.credentials(socket.fd()));
    } catch (RuntimeException e) {
      LOG.error("a client cannot be served", e);
      connection.close();
    }
  }

  private void serve(ClientConnection connection, PeerCredentials peer) {
    FrameAdapter adapter =
        new FrameAdapter(
            conductor,
            connection,
            new Identity(peer.pid(), peer.uid()),
            kernel,
            clients.shared(),
            clients.connections(),
            limits.frameBytes());
    admit(connection, peer, adapter);
    adapter.begin();
  }

  private void admit(ClientConnection connection, PeerCredentials peer, FrameAdapter adapter) {
    // A process that is known was checked, and a broker makes no streams of its own session for its
    // clients. So only a further session needs another check.
    boolean isKnown = peer.pid() != 0 && processes.isKnown(peer.pid());
    RefusedException refusal = refusal(peer.pid(), peer.uid(), isKnown);
    if (refusal != null) {
      adapter.refuse(refusal);
    } else if (isKnown) {
      adapter.checkAtHello(() -> BrokerMark.refusal(peer.pid()));
      adapter.watchedBy(processes.watchKnown(peer.pid(), adapter::onProcessEnded));
    } else {
      watch(connection, peer.pid(), adapter);
    }
  }

  /** Returns why this peer is refused a session, or null. */
  private RefusedException refusal(int pid, long uid, boolean isKnown) {
    // A client could make another broker connect to this one and then act as that broker's user.
    // The kernel takes the pid and the pidfd of a peer from the same object, so the pid is as
    // reliable as a pidfd while this process lives. Inside the broker's own pid namespace the pid
    // is never 0.
    if (pid == ownPid) {
      return BrokerMark.broker();
    }
    RefusedException broker = isKnown ? null : BrokerMark.refusal(pid);
    if (broker == null && uid != ownUid && uid != 0 && !othersMayConnect) {
      return new RefusedException(
          Errno.EPERM, "uid " + uid + " may not use this broker, only uid " + ownUid + " and root");
    }
    return broker;
  }

  /** Ends the session with its process, because a child process may keep the connection open. */
  private void watch(ClientConnection connection, int pid, FrameAdapter adapter) {
    try {
      adapter.watchedBy(processes.watch(connection.fd(), pid, adapter::onProcessEnded));
    } catch (RefusedException e) {
      if (e.errno() != Errno.ENOPROTOOPT) {
        adapter.refuse(e);
      }
    }
  }
}
