package dev.sockbroker.client;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** A {@link ServerSocket} on a listener of the broker's. */
final class BrokeredServerSocket extends ServerSocket {
  BrokeredServerSocket(BrokeredSocketImpl impl) {
    super(impl);
    impl.ownedBy(this);
  }

  /** The JDK's own would make a socket of the JVM-wide factory's for an implementation not its. */
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
