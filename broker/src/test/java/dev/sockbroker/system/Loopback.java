package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** The broker's end of a loopback connection and a plain socket at the other end. */
record Loopback(SharedSocket shared, Socket plain) implements AutoCloseable {
  static Loopback connect(Broker broker) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      return new Loopback(shared, server.accept());
    }
  }

  /** Sends from the plain socket. */
  void sends(String text) throws IOException {
    plain.getOutputStream().write(text.getBytes(UTF_8));
  }

  /** Reads at the plain socket. */
  String reads(int count) throws IOException {
    return new String(plain.getInputStream().readNBytes(count), UTF_8);
  }

  @Override
  public void close() throws IOException {
    shared.close();
    plain.close();
  }
}
