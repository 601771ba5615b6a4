package dev.sockbroker.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The worker owns its socket. All other lanes are compared with this one. */
final class NativeLane implements Lane {
  private final ServerSocketChannel listener;
  private final String path;

  private NativeLane(ServerSocketChannel listener, String path) {
    this.listener = listener;
    this.path = path;
  }

  static NativeLane open(String path) throws IOException {
    SocketAddress address = Endpoint.parse(path.isEmpty() ? "0" : path);
    ServerSocketChannel listener =
        path.isEmpty()
            ? ServerSocketChannel.open()
            : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return new NativeLane(listener.bind(address, 1024), path);
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.getLocalAddress());
  }

  @Override
  public Link accept(int capacity) throws IOException {
    return new ChannelLink(acceptChannel(), capacity);
  }

  SocketChannel acceptChannel() throws IOException {
    return listener.accept();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    if (!path.isEmpty()) {
      Files.deleteIfExists(Path.of(path));
    }
  }
}
