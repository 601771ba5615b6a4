package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loopback ports for servers. */
final class Ports {
  private static final Path SOCKETS = Path.of("/proc/net/tcp");

  private Ports() {}

  /** Opens a listener of the broker, and returns its port. */
  static int ofListener(Broker broker, String name) throws IOException {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0).name(name));
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Returns a port for a server that binds it itself. */
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Waits without connecting, because a connection would count as one of the server's clients. */
  static void awaitListening(int port) throws IOException {
    String listening = ":%04X 00000000:0000 0A".formatted(port);
    Waiting.until("port " + port + " listens", () -> sockets().contains(listening));
  }

  private static String sockets() {
    try {
      return Files.readString(SOCKETS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
