package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How four workers that share one listener divide 1,600 connections. Prints the figures, including
 * those of a shared fd, which have no promise.
 */
@Tag("alone")
@Timeout(120)
class AcceptSharesTest {
  private static final int WORKERS = 4;
  private static final int CONNECTIONS = 1600;

  @Test
  void shouldServeWaitingWorkersInTurn() throws Exception {
    List<Broker> sessions = new ArrayList<>();
    try (BrokerProcess broker = BrokerProcess.start()) {
      SocketSpec spec = SocketSpec.tcpListen("127.0.0.1", 0).name("shared");
      InetSocketAddress address = null;
      for (int i = 0; i < WORKERS; i++) {
        Broker session = Broker.connect(broker.socket());
        sessions.add(session);
        SharedSocket listener = session.open(spec);
        address = (InetSocketAddress) listener.localAddress();
        byte number = (byte) i;
        CompletableFuture<SharedSocket> first = listener.acceptAsync();
        // the broker answers this after it has the accept request
        session.list();
        Thread.ofVirtual().start(() -> acceptAll(listener, first, number));
      }

      List<Long> shares = shares(address);

      System.out.println("accepts of each worker at the broker: " + shares);
      assertThat(shares).containsOnly((long) CONNECTIONS / WORKERS);
    } finally {
      sessions.forEach(Broker::close);
    }
  }

  @Test
  void shouldCountWhatEpollWorkersGetFromASharedFd() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      listener.configureBlocking(false);
      for (int i = 0; i < WORKERS; i++) {
        Selector selector = Selector.open();
        listener.register(selector, SelectionKey.OP_ACCEPT);
        byte number = (byte) i;
        Thread.ofPlatform().daemon().start(() -> selectAll(listener, selector, number));
      }

      List<Long> shares = shares((InetSocketAddress) listener.getLocalAddress());

      System.out.println("accepts of each worker by epoll on a shared fd: " + shares);
      assertThat(shares.stream().mapToLong(it -> it).sum()).isEqualTo(CONNECTIONS);
    }
  }

  /** Connects repeatedly and counts the answers of each worker. */
  private static List<Long> shares(InetSocketAddress listener) throws IOException {
    long[] counts = new long[WORKERS];
    for (int i = 0; i < CONNECTIONS; i++) {
      try (Socket client = new Socket(listener.getAddress(), listener.getPort())) {
        client.setSoTimeout(30_000);
        counts[client.getInputStream().read()]++;
      }
    }
    return IntStream.range(0, WORKERS).mapToObj(it -> counts[it]).toList();
  }

  /** Accepts the next connection before it answers the current one, so all workers are waiting. */
  private static void acceptAll(
      SharedSocket listener, CompletableFuture<SharedSocket> first, byte number) {
    CompletableFuture<SharedSocket> next = first;
    try {
      while (true) {
        try (SharedSocket connection = next.join()) {
          next = listener.acceptAsync();
          connection.send(ByteBuffer.wrap(new byte[] {number}));
        }
      }
    } catch (IOException | CompletionException e) {
      // the session was closed, so the test is over
      return;
    }
  }

  private static void selectAll(ServerSocketChannel listener, Selector selector, byte number) {
    try (selector) {
      while (listener.isOpen()) {
        selector.select();
        selector.selectedKeys().clear();
        try (SocketChannel connection = listener.accept()) {
          if (connection != null) {
            connection.write(ByteBuffer.wrap(new byte[] {number}));
          }
        }
      }
    } catch (IOException e) {
      // the listener was closed, so the test is over
      return;
    }
  }
}
