package dev.sockbroker.agent;

import dev.sockbroker.agent.boot.ConnectCalls;
import dev.sockbroker.client.SharedSocket;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets the broker make all connections. For the JDK every connect has an outcome that is not known
 * yet; it waits for the descriptor and then asks, with its own time limits and interrupts. Any
 * thread may call any method.
 */
final class BrokeredConnections implements ConnectCalls {
  /** {@code sun.nio.ch.IOStatus.UNAVAILABLE}. */
  private static final int UNAVAILABLE = -2;

  private final BrokerSession session;
  private final PlaceholderAddresses names;
  private final FdReplacement replacement;
  private final HeldDescriptors held;

  /** By the number of the descriptor. */
  private final Map<Integer, Connecting> connecting = new ConcurrentHashMap<>();

  BrokeredConnections(
      BrokerSession session,
      PlaceholderAddresses names,
      FdReplacement replacement,
      HeldDescriptors held) {
    this.session = session;
    this.names = names;
    this.replacement = replacement;
    this.held = held;
  }

  @Override
  public int connect(ProtocolFamily family, FileDescriptor fd, SocketAddress remote)
      throws IOException {
    InetSocketAddress inet = (InetSocketAddress) remote;
    return connect(fd, inet.getAddress(), inet.getPort());
  }

  @Override
  public int connect(FileDescriptor fd, InetAddress remote, int port) throws IOException {
    Connecting started = Connecting.start(fd, session.broker(), replacement, host(remote), port);
    int number = Jdk.number(fd);
    connecting.put(number, started);
    held.add(
        fd,
        () -> {
          connecting.remove(number, started);
          started.abandon();
        });
    return UNAVAILABLE;
  }

  private String host(InetAddress address) throws IOException {
    String name = names.nameOf(address.getAddress());
    if (name != null) {
      return name;
    }
    // the JDK connects to this machine then
    InetAddress host = address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address;
    return host.getHostAddress();
  }

  @Override
  public boolean pollConnectNow(FileDescriptor fd) throws IOException {
    int number = Jdk.number(fd);
    Connecting here = connecting.get(number);
    if (here == null) {
      return Jdk.pollConnectNow(fd);
    } else if (!here.isDone()) {
      return false;
    }
    try {
      SharedSocket connected = here.finish(replacement);
      held.add(fd, connected::closeAsync);
      return true;
    } finally {
      connecting.remove(number, here);
    }
  }

  @Override
  public int ctl(int epfd, int opcode, int fd, int events) {
    Connecting here = connecting.get(fd);
    return here == null ? Jdk.ctl(epfd, opcode, fd, events) : here.ctl(epfd, opcode, fd, events);
  }
}
