package dev.sockbroker.agent;

import java.util.ArrayList;
import java.util.List;

/**
 * The calls of a static method, by one class of the JDK, that {@code RedirectedCalls} gets.
 *
 * @param caller the class that calls, as in class files
 * @param owner the class of the method, as in class files
 */
record Redirection(String caller, String owner, String method) {
  private static final int WITH_DUP3 = 22;

  private static final String CHANNEL = "sun/nio/ch/ServerSocketChannelImpl";
  private static final String SOCKET = "sun/nio/ch/NioSocketImpl";
  private static final String ASYNCHRONOUS = "sun/nio/ch/AsynchronousServerSocketChannelImpl";
  private static final String CLIENT = "sun/nio/ch/SocketChannelImpl";
  private static final String SELECTOR = "sun/nio/ch/EPollSelectorImpl";
  private static final String EPOLL = "sun/nio/ch/EPoll";
  private static final String DISPATCHER = "sun/nio/ch/UnixDispatcher";
  private static final String NET = "sun/nio/ch/Net";
  private static final String IO_UTIL = "sun/nio/ch/IOUtil";

  /**
   * The calls of server sockets. Before Java 22, asynchronous channels are left alone, because
   * their ports know the numbers of their fds. No listener comes from a broker then, so nothing
   * follows a close.
   *
   * @param feature the version of Java
   */
  static List<Redirection> ofServers(int feature) {
    List<Redirection> all = new ArrayList<>();
    all.add(new Redirection(CHANNEL, NET, "bind"));
    all.add(new Redirection(CHANNEL, NET, "listen"));
    all.add(new Redirection(CHANNEL, IO_UTIL, "configureBlocking"));
    all.add(new Redirection(SOCKET, NET, "bind"));
    all.add(new Redirection(SOCKET, NET, "listen"));
    all.add(new Redirection(SOCKET, IO_UTIL, "configureBlocking"));
    if (feature >= WITH_DUP3) {
      all.add(new Redirection(ASYNCHRONOUS, NET, "bind"));
      all.add(new Redirection(ASYNCHRONOUS, NET, "listen"));
      all.add(new Redirection(DISPATCHER, DISPATCHER, "close0"));
    }
    return all;
  }

  /** The calls of outgoing connections, but not those of asynchronous channels. */
  static List<Redirection> ofConnections() {
    return List.of(
        new Redirection(CLIENT, NET, "connect"),
        new Redirection(CLIENT, NET, "pollConnectNow"),
        new Redirection(SOCKET, NET, "connect"),
        new Redirection(SOCKET, NET, "pollConnectNow"),
        new Redirection(SELECTOR, EPOLL, "ctl"));
  }

  @Override
  public String toString() {
    return "%s.%s of %s".formatted(owner, method, caller).replace('/', '.');
  }
}
