package dev.sockbroker.client;

import java.net.Socket;
import java.net.SocketException;

/** A {@link Socket} that belongs to the broker. */
final class BrokeredSocket extends Socket {
  BrokeredSocket(BrokeredSocketImpl impl) throws SocketException {
    super(impl);
    impl.ownedBy(this);
  }
}
