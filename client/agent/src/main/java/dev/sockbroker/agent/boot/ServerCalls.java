package dev.sockbroker.agent.boot;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;

/** The JDK's calls on server sockets that the agent makes in its place. */
public interface ServerCalls {
  /** {@code sun.nio.ch.Net.bind}, of channels. */
  void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException;

  /** {@code sun.nio.ch.Net.bind}, of sockets and of asynchronous channels. */
  void bind(FileDescriptor fd, InetAddress address, int port) throws IOException;

  /** {@code sun.nio.ch.Net.listen}. */
  void listen(FileDescriptor fd, int backlog) throws IOException;

  /** {@code sun.nio.ch.IOUtil.configureBlocking}. */
  void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException;
}
