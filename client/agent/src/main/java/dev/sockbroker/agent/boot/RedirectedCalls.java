package dev.sockbroker.agent.boot;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;

/**
 * What the JDK's classes call in place of their own methods. The names and the types of these
 * methods are those of the JDK, because only the name of the class is replaced in its byte code.
 * This class is defined by the boot loader, where the JDK finds it.
 */
public final class RedirectedCalls {
  private static volatile SocketCalls calls;

  private RedirectedCalls() {}

  /** Sets who gets the calls. Must be called before the first redirected class is loaded. */
  public static void to(SocketCalls target) {
    calls = target;
  }

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    calls.bind(family, fd, address, port);
  }

  public static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    calls.bind(fd, address, port);
  }

  public static void listen(FileDescriptor fd, int backlog) throws IOException {
    calls.listen(fd, backlog);
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    calls.configureBlocking(fd, blocking);
  }

  public static void close0(FileDescriptor fd) throws IOException {
    calls.close(fd);
  }
}
