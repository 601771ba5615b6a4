package dev.sockbroker.agent;

import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/** A listener that is opened at the broker, or joined there if it is open. */
record OpenedListener(ListenAddress address, SocketSpec spec, BrokerSession session)
    implements Listener {
  @Override
  public HeldFd hold() throws IOException {
    SharedSocket socket = session.broker().open(spec);
    try {
      ExportedSocket exported = export(socket);
      // The descriptor ends without waiting: the JDK closes sockets on threads that must not wait.
      return new HeldFd(exported.fd(), exported::close, socket::closeAsync);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * The JDK works with an fd in either mode, and makes it non-blocking for a selector. So this mode
   * is the one that others have it in, like a program under exec.
   */
  private static ExportedSocket export(SharedSocket socket) throws IOException {
    try {
      return socket.export();
    } catch (BrokerException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      return socket.exportBlocking();
    }
  }
}
