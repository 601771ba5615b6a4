package dev.sockbroker.agent;

import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;

/** A listener that is opened at the broker, or joined there if it is open. */
record OpenedListener(ListenAddress address, SocketSpec spec, BrokerSession session)
    implements Listener {
  @Override
  public HeldFd hold() throws IOException {
    SharedSocket socket = session.broker().open(spec);
    try {
      ExportedSocket exported = socket.export();
      // The descriptor ends without waiting: the JDK closes sockets on threads that must not wait.
      return new HeldFd(exported.fd(), exported::close, socket::closeAsync);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }
}
