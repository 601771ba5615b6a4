package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** The fds of sd_listen_fds(3), with which {@code sockbroker exec} starts a program. */
final class InheritedFds {
  private static final int FIRST = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private InheritedFds() {}

  /**
   * The fds by their names. A name that is missing is the number.
   *
   * @param environment of this process
   */
  static Map<String, Integer> of(Map<String, String> environment, long pid) {
    Map<String, Integer> fds = new LinkedHashMap<>();
    if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
      // they are for the process that started this one
      return fds;
    }
    int count = Integer.parseInt(environment.getOrDefault("LISTEN_FDS", "0"));
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":");
    for (int i = 0; i < count; i++) {
      boolean isNamed = i < names.length && !names[i].isEmpty();
      fds.put(isNamed ? names[i] : Integer.toString(FIRST + i), FIRST + i);
    }
    return fds;
  }

  /** Whether it listens on TCP. */
  static boolean isTcpListener(int fd) throws IOException {
    FileDescriptor descriptor = Jdk.fileDescriptor(fd);
    int domain = Jdk.option(descriptor, SOL_SOCKET, SO_DOMAIN);
    return (domain == AF_INET || domain == AF_INET6)
        && Jdk.option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  }

  static ListenAddress address(int fd) throws IOException {
    InetSocketAddress local = Jdk.localAddress(Jdk.fileDescriptor(fd));
    return new ListenAddress(local.getAddress(), local.getPort());
  }
}
