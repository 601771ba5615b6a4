package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loopback ports for servers that bind a port themselves. */
final class Ports {
  private static final Path SOCKETS = Path.of("/proc/net/tcp");

  private Ports() {}

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
