package dev.sockbroker.agent.boot;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;

/**
 * What the JDK's classes call in place of their own methods. The names and the types of these
 * methods are those of the JDK, because only the name of the class is replaced in its byte code.
 * This class is defined by the boot loader, where the JDK finds it.
 */
public final class RedirectedCalls {
  private static volatile ServerCalls servers;
  private static volatile ConnectCalls connects;
  private static volatile CloseCalls closes;

  private RedirectedCalls() {}

  /**
   * Sets who gets the calls. Must be called before the first call is redirected.
   *
   * @param onConnect null if these calls are not redirected
   */
  public static void to(ServerCalls onServer, ConnectCalls onConnect, CloseCalls onClose) {
    servers = onServer;
    connects = onConnect;
    closes = onClose;
  }

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    servers.bind(family, fd, address, port);
  }

  public static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    servers.bind(fd, address, port);
  }

  public static void listen(FileDescriptor fd, int backlog) throws IOException {
    servers.listen(fd, backlog);
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    servers.configureBlocking(fd, blocking);
  }

  public static int connect(ProtocolFamily family, FileDescriptor fd, SocketAddress remote)
      throws IOException {
    return connects.connect(family, fd, remote);
  }

  public static int connect(FileDescriptor fd, InetAddress remote, int port) throws IOException {
    return connects.connect(fd, remote, port);
  }

  public static boolean pollConnectNow(FileDescriptor fd) throws IOException {
    return connects.pollConnectNow(fd);
  }

  public static int ctl(int epfd, int opcode, int fd, int events) {
    return connects.ctl(epfd, opcode, fd, events);
  }

  public static void close0(FileDescriptor fd) throws IOException {
    closes.close(fd);
  }
}
