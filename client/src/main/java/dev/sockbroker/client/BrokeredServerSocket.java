package dev.sockbroker.client;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** A {@link ServerSocket} whose listener belongs to the broker. */
final class BrokeredServerSocket extends ServerSocket {
  BrokeredServerSocket(BrokeredSocketImpl impl) {
    super(impl);
    impl.ownedBy(this);
  }

  /**
   * The JDK's method would use the JVM-wide socket factory, if there is one, for the new socket.
   */
  @Override
  public Socket accept() throws IOException {
    if (isClosed()) {
      throw new SocketException("Socket is closed");
    }
    if (!isBound()) {
      throw new SocketException("Socket is not bound yet");
    }
    Socket accepted = new BrokeredSocket(BrokeredSocketImpl.toBeAccepted());
    implAccept(accepted);
    return accepted;
  }
}
