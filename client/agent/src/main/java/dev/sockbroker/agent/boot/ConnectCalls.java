package dev.sockbroker.agent.boot;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;

/** The JDK's calls for outgoing connections that the agent makes in its place. */
public interface ConnectCalls {
  /**
   * {@code sun.nio.ch.Net.connect}, of channels.
   *
   * @return {@code sun.nio.ch.IOStatus.UNAVAILABLE} if the outcome is not known yet
   */
  int connect(ProtocolFamily family, FileDescriptor fd, SocketAddress remote) throws IOException;

  /** {@code sun.nio.ch.Net.connect}, of sockets. */
  int connect(FileDescriptor fd, InetAddress remote, int port) throws IOException;

  /**
   * {@code sun.nio.ch.Net.pollConnectNow}.
   *
   * @return whether the socket is connected; false if the outcome is not known yet
   */
  boolean pollConnectNow(FileDescriptor fd) throws IOException;

  /**
   * {@code sun.nio.ch.EPoll.ctl}, of selectors.
   *
   * @return 0, or the errno
   */
  int ctl(int epfd, int opcode, int fd, int events);
}
