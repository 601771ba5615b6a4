package dev.sockbroker.system;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client can do to exhaust the broker. Each goes on until it is refused, or has done more
 * than a small machine can bear, and gives everything back at its end.
 */
enum Attack {
  /** Connections that never say hello. */
  SILENT_CONNECTIONS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      for (int i = 0; i < 200; i++) {
        held.add(WireClient.connect(socket));
      }
    }
  },
  SESSIONS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      for (int i = 0; i < 200; i++) {
        held.add(WireClient.welcomed(socket));
      }
    }
  },
  SOCKETS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      Broker broker = hold(held, Broker.connect(socket));
      for (int i = 0; i < 2000; i++) {
        broker.open(SocketSpec.udp("127.0.0.1", 0));
      }
    }
  },
  WAITING_RECEIVES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      for (int i = 0; i < 30; i++) {
        Broker broker = hold(held, Broker.connect(socket));
        SharedSocket datagrams = broker.open(SocketSpec.udp("127.0.0.1", 0));
        for (int j = 0; j < 4096; j++) {
          datagrams.receiveAsync(ByteBuffer.allocate(1));
        }
        broker.ping();
      }
    }
  },
  /** A frame's length is announced, half of it sent. */
  HALF_FRAMES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      for (int i = 0; i < 100; i++) {
        WireClient client = hold(held, WireClient.welcomed(socket));
        ByteBuffer half = ByteBuffer.allocate(500_000).putInt(0, 1_000_000);
        client.write(half);
      }
    }
  },
  /** Requests, and nobody reads the replies. */
  UNREAD_REPLIES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      for (int i = 0; i < 20; i++) {
        WireClient client = hold(held, WireClient.welcomed(socket));
        for (int j = 0; j < 2000; j++) {
          client.send(new Request.ShowBroker());
        }
      }
    }
  },
  /** Listeners that others hold, for each of which the broker accepts on a thread of its own. */
  EXPORTED_LISTENERS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws IOException {
      Broker broker = hold(held, Broker.connect(socket));
      for (int i = 0; i < 40; i++) {
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        hold(held, listener.exportBlocking());
        listener.acceptAsync();
        hold(held, SocketChannel.open((InetSocketAddress) listener.localAddress()));
      }
    }
  };

  /** Returns when everything is given back. */
  void run(Path socket) throws Exception {
    List<AutoCloseable> held = new ArrayList<>();
    try {
      exhaust(socket, held);
    } catch (IOException | AssertionError refused) {
      // Or the broker has ended: the test looks, and whether it said so.
      return;
    } finally {
      for (AutoCloseable it : held) {
        it.close();
      }
    }
  }

  abstract void exhaust(Path socket, List<AutoCloseable> held) throws IOException;

  private static <T extends AutoCloseable> T hold(List<AutoCloseable> held, T it) {
    held.add(it);
    return it;
  }
}
