package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.session.ClientConnection;
import dev.sockbroker.broker.session.ConnectionLoop;
import dev.sockbroker.broker.session.Connections;
import dev.sockbroker.broker.session.LoopShared;
import dev.sockbroker.broker.session.ReadShares;
import dev.sockbroker.broker.session.Rotation;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.Executor;

/** The connections of all clients, and what they share. Loop thread only. */
final class Clients {
  private final EpollKernel kernel;
  private final ConnectionLoop io;
  private final LoopShared shared;
  private final Connections connections = new Connections();

  Clients(BrokerLoop loop, EpollKernel kernel, ByteBufAllocator buffers, Ledger ledger) {
    this.kernel = kernel;
    Executor nextPass = loop::executeAfterEventLoopIteration;
    io = new ConnectionLoop(loop, buffers, new ReadShares(loop, nextPass), ledger);
    shared = new LoopShared(io, new Rotation(loop, nextPass));
  }

  LoopShared shared() {
    return shared;
  }

  Connections connections() {
    return connections;
  }

  /** Makes a connection of a socket, which it owns from now on. */
  ClientConnection connection(KernelSocket socket) {
    return new ClientConnection(socket, io);
  }

  /**
   * Takes over the connection of a client of another broker. It is on hold.
   *
   * @param fd -1 for a connection that has ended
   */
  ClientConnection adopt(int fd) {
    return connection(fd < 0 ? null : kernel.takeConnection(fd)).hold();
  }
}
