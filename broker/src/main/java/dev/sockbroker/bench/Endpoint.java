package dev.sockbroker.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** The address that a peer connects to, as one word: a path, or a loopback port. */
final class Endpoint {
  private Endpoint() {}

  static SocketAddress parse(String text) {
    return text.startsWith("/")
        ? UnixDomainSocketAddress.of(text)
        : new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(text));
  }

  static String text(SocketAddress address) throws IOException {
    return switch (address) {
      case UnixDomainSocketAddress unix -> unix.getPath().toString();
      case InetSocketAddress inet -> Integer.toString(inet.getPort());
      default -> throw new IOException("no address of a listener: " + address);
    };
  }
}
