package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Address;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;

/** A listener of the test, to which the broker connects. */
final class PlainListener implements Closeable {
  private final Scene scene;
  private final ServerSocketChannel channel;
  private final Address address;

  PlainListener(Scene scene, Address wanted) {
    this.scene = scene;
    try {
      channel =
          wanted.path() == null
              ? ServerSocketChannel.open()
              : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      channel.bind(Peer.jdk(wanted));
      address = addressOf(channel.getLocalAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Address addressOf(SocketAddress local) {
    return switch (local) {
      case UnixDomainSocketAddress it -> Address.unix(it.toString());
      case InetSocketAddress it -> Address.inet(it.getAddress().getHostAddress(), it.getPort());
      default -> throw new IllegalStateException(local.toString());
    };
  }

  Address address() {
    return address;
  }

  Peer accept() {
    try {
      return scene.closedAtTheEnd(new Peer(scene, channel.accept()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
