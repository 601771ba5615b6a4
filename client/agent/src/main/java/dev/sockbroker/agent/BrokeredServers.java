package dev.sockbroker.agent;

import dev.sockbroker.agent.Listener.HeldFd;
import dev.sockbroker.agent.boot.ServerCalls;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Gives a socket that binds to the address of a listener that listener, and leaves all other
 * sockets to the JDK. Any thread may call any method.
 */
final class BrokeredServers implements ServerCalls {
  private final Listeners listeners;
  private final FdReplacement replacement;
  private final HeldDescriptors held;

  /** The descriptors of server sockets that the program has made non-blocking. */
  private final Set<FileDescriptor> nonBlocking =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  BrokeredServers(Listeners listeners, FdReplacement replacement, HeldDescriptors held) {
    this.listeners = listeners;
    this.replacement = replacement;
    this.held = held;
  }

  @Override
  public void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    if (!broker(fd, address, port)) {
      Jdk.bind(family, fd, address, port);
    }
  }

  @Override
  public void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    if (!broker(fd, address, port)) {
      Jdk.bind(fd, address, port);
    }
  }

  /** Returns whether a listener has that address, and the descriptor is that listener now. */
  private boolean broker(FileDescriptor fd, InetAddress address, int port) throws IOException {
    Listener listener = listeners.find(address, port);
    if (listener == null) {
      return false;
    }
    HeldFd own = listener.hold();
    try {
      replace(fd, own);
      held.add(fd, own.afterClose());
      return true;
    } catch (IOException | RuntimeException e) {
      own.afterClose().close();
      throw e;
    }
  }

  private void replace(FileDescriptor fd, HeldFd by) throws IOException {
    try {
      replacement.replace(fd, by.fd());
      if (nonBlocking.contains(fd)) {
        Jdk.configureBlocking(fd, false);
      }
    } finally {
      by.afterBind().close();
    }
  }

  /** The broker's listener listens already, and another call would replace its backlog. */
  @Override
  public void listen(FileDescriptor fd, int backlog) throws IOException {
    if (!held.contains(fd)) {
      Jdk.listen(fd, backlog);
    }
  }

  /**
   * O_NONBLOCK is common to all holders of the listener, and without it one that has a selector
   * could wait in accept for ever. The JDK's blocking accept needs no blocking fd: it polls.
   */
  @Override
  public void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    if (blocking) {
      nonBlocking.remove(fd);
    } else {
      nonBlocking.add(fd);
    }
    if (!blocking || !held.contains(fd)) {
      Jdk.configureBlocking(fd, blocking);
    }
  }
}
