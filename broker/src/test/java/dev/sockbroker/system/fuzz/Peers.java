package dev.sockbroker.system.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The other ends of brokered connections on this machine. They echo, flood, read slowly or late,
 * reset, or close. They listen, and connect to listeners of actors.
 */
final class Peers implements AutoCloseable {
  private static final int LIFE_MILLIS = 4000;

  /** Late enough for the requests that must wait for a peer. */
  private static final int LATE_MILLIS = 1500;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<ServerSocketChannel> listeners = new ArrayList<>();
  private final End end = new End();
  private final Dice dice;

  Peers(Addresses addresses, long seed) {
    dice = new Dice(seed, -1);
    for (String host : new String[] {"127.0.0.1", "::1"}) {
      listen(new InetSocketAddress(InetAddress.ofLiteral(host), 0), addresses);
    }
    listen(UnixDomainSocketAddress.of(addresses.peerPath()), addresses);
  }

  private void listen(SocketAddress at, Addresses addresses) {
    try {
      ServerSocketChannel listener =
          at instanceof UnixDomainSocketAddress
              ? ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
              : ServerSocketChannel.open();
      if (at instanceof InetSocketAddress) {
        listener.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      }
      listeners.add(listener.bind(at));
      if (listener.getLocalAddress() instanceof InetSocketAddress inet) {
        addresses.listening(inet.getPort());
      }
      threads.execute(() -> acceptAll(listener));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void acceptAll(ServerSocketChannel listener) {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        int how = behaviour();
        threads.execute(() -> behave(channel, how));
      }
    } catch (IOException e) {
      // closed: the storm is over
    }
  }

  private synchronized int behaviour() {
    return dice.below(8);
  }

  /** Connects to a listener of the broker and behaves in one of eight ways. */
  void connect(int port, String host, int how) {
    try {
      SocketChannel channel = SocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      channel.connect(new InetSocketAddress(InetAddress.ofLiteral(host), port));
      threads.execute(() -> behave(channel, how));
    } catch (IOException e) {
      // the listener was closed
    }
  }

  private void behave(SocketChannel channel, int how) {
    try (channel) {
      switch (how) {
        case 0 -> {}
        case 1 -> reset(channel, 0);
        case 2 -> reset(channel, LATE_MILLIS);
        case 3 -> echo(channel);
        case 4 -> flood(channel);
        case 5, 6 -> drainLate(channel);
        default -> end.idle(LIFE_MILLIS);
      }
    } catch (IOException e) {
      // the other side has closed or reset
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void reset(SocketChannel channel, int millis) throws IOException, InterruptedException {
    end.idle(millis);
    if (channel.getRemoteAddress() instanceof InetSocketAddress) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
  }

  private static void echo(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    while (channel.read(bytes.clear()) >= 0) {
      channel.write(bytes.flip());
    }
  }

  private static void flood(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    for (int i = 0; i < 64; i++) {
      channel.write(bytes.clear());
    }
  }

  private void drainLate(SocketChannel channel) throws IOException, InterruptedException {
    end.idle(LATE_MILLIS);
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    while (channel.read(bytes.clear()) >= 0) {}
  }

  @Override
  public void close() throws IOException {
    end.reach();
    for (ServerSocketChannel listener : listeners) {
      listener.close();
    }
    threads.shutdownNow();
  }
}
