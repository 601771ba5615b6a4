package dev.sockbroker.client;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;

/**
 * Chooses who makes the system calls for fds: Netty's native transport if the program has it, and
 * otherwise the foreign function API of Java 22 and later.
 */
final class FdSockets {
  private static final String NETTY =
      "Netty's native transport; put io.netty:netty-transport-native-epoll (4.2, with the"
          + " classifier linux-x86_64 or linux-aarch_64) on the class path";

  private static final LinkageError NO_NETTY = whyNoNetty();

  private FdSockets() {}

  private static LinkageError whyNoNetty() {
    try {
      Epoll.ensureAvailability();
      return null;
    } catch (LinkageError e) {
      return e;
    }
  }

  /**
   * @throws IOException also if this JVM has neither
   */
  static FdSocket open() throws IOException {
    if (NO_NETTY == null) {
      return new NettyFdSocket();
    } else if (ForeignFdSocket.isSupported()) {
      return ForeignFdSocket.open();
    }
    throw new IOException("receiving fds needs Java 22 or " + NETTY, NO_NETTY);
  }

  /** Whether a received fd becomes non-blocking, and with it all copies of it. */
  static boolean makeNonBlocking() {
    return NO_NETTY == null;
  }

  /** Closes an fd that one of these sockets has received. */
  static void close(int fd) throws IOException {
    if (NO_NETTY == null) {
      NettyFdSocket.close(fd);
    } else {
      ForeignFdSocket.close(fd);
    }
  }

  /**
   * @param use begins the message
   * @throws IOException if the program has no native transport of Netty
   */
  static void needNetty(String use) throws IOException {
    if (NO_NETTY != null) {
      throw new IOException(use + " " + NETTY, NO_NETTY);
    }
  }
}
