package dev.sockbroker.agent;

import java.net.InetAddress;

/**
 * Where a program binds to get a listener.
 *
 * @param host an address of all interfaces, of either IP version, stands for those of both
 * @param port 0 if the program leaves the choice to the kernel
 */
record ListenAddress(InetAddress host, int port) {
  /** Whether a program that binds there asks for exactly this address. */
  boolean is(InetAddress otherHost, int otherPort) {
    return port == otherPort
        && (host.equals(otherHost) || host.isAnyLocalAddress() && otherHost.isAnyLocalAddress());
  }

  /**
   * Whether a program that binds there asks for all addresses of the port, and this is one of them.
   * Most servers do so if they are not told otherwise.
   */
  boolean isPartOf(InetAddress otherHost, int otherPort) {
    return port == otherPort && otherHost.isAnyLocalAddress();
  }

  @Override
  public String toString() {
    String text = host.getHostAddress();
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
  }
}
