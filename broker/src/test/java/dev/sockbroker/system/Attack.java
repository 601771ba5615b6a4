package dev.sockbroker.system;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ways in which a client can try to exhaust the broker. Each one continues until it is refused, or
 * has done more than a small machine can take, and releases everything at the end.
 */
enum Attack {
  /** Connections that never say hello. */
  SILENT_CONNECTIONS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 200; i++) {
        held.add(WireClient.connect(socket));
      }
    }
  },
  SESSIONS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 200; i++) {
        held.add(WireClient.welcomed(socket));
      }
    }
  },
  SOCKETS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      Broker broker = hold(held, Broker.connect(socket));
      for (int i = 0; i < 2000; i++) {
        broker.open(SocketSpec.udp("127.0.0.1", 0));
      }
    }
  },
  WAITING_RECEIVES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
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
  /** The length of a frame and half of its bytes. */
  HALF_FRAMES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 100; i++) {
        WireClient client = hold(held, WireClient.welcomed(socket));
        ByteBuffer half = ByteBuffer.allocate(500_000).putInt(0, 1_000_000);
        client.write(half);
      }
    }
  },
  /** Requests whose replies are not read. */
  UNREAD_REPLIES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 20; i++) {
        WireClient client = hold(held, WireClient.welcomed(socket));
        for (int j = 0; j < 2000; j++) {
          client.send(new Request.ShowBroker());
        }
      }
    }
  },
  /** Listeners that others hold, so that the broker needs a thread for each accept. */
  EXPORTED_LISTENERS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      Broker broker = hold(held, Broker.connect(socket));
      for (int i = 0; i < 40; i++) {
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        hold(held, listener.exportBlocking());
        listener.acceptAsync();
        hold(held, SocketChannel.open((InetSocketAddress) listener.localAddress()));
      }
    }
  },
  /** The broker sends fds to a connection that does not receive them. */
  EXPORTS_NOBODY_TAKES {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 20; i++) {
        WireClient client = hold(held, WireClient.welcomed(socket));
        WireClient fds = hold(held, WireClient.connect(socket));
        String key = client.ask(Reply.FdKey.class, new Request.NewFdKey()).key();
        fds.ask(Reply.Done.class, new Request.FdHello(key));
        long descriptor = client.ask(Reply.Opened.class, udp()).descriptor();
        for (int j = 0; j < 70; j++) {
          client.send(new Request.Export(descriptor, false));
        }
        // the last replies come only after their fds were sent
        client.send(new Request.Ping());
      }
    }
  },
  /** Refused connections that the client does not close. */
  REFUSED_CONNECTIONS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      for (int i = 0; i < 200; i++) {
        WireClient client = hold(held, WireClient.connect(socket));
        try {
          client.send(new Request.Hello(List.of(Integer.MAX_VALUE), "refused", false, null));
        } catch (IOException refused) {
          // the broker refused this connection; the next ones are tried nevertheless
          continue;
        }
      }
    }
  },
  /** Requests that wait for bytes of a ring until the peer takes them. */
  HELD_REQUESTS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      RingClient client = hold(held, new RingClient(socket));
      client.holdRequests(3500);
      client.takeAll();
      client.awaitReplies();
    }
  },
  /** The same with a close among the requests; then the peer resets the connection. */
  HELD_REQUESTS_AND_RESET {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      RingClient client = hold(held, new RingClient(socket));
      client.holdRequests(1000);
      client.closeAsync();
      client.holdRequests(1000);
      client.reset();
      client.awaitReplies();
    }
  },
  /** Each request examines all sockets. */
  PIPELINED_LISTS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      WireClient client = hold(held, WireClient.welcomed(socket));
      for (int i = 0; i < 500; i++) {
        if (client.ask(udp()) instanceof Reply.Error) {
          break;
        }
      }
      for (int i = 0; i < 10; i++) {
        pipeline(client, 500);
      }
    }

    private static void pipeline(WireClient client, int count) throws IOException {
      for (int i = 0; i < count; i++) {
        client.send(Request.ListDescriptors.named("nobody has this name"));
        client.send(new Request.ShowBroker());
      }
      for (int i = 0; i < 2 * count; i++) {
        client.next();
      }
    }
  },
  /** Events for many watchers that do not read. */
  UNREAD_WATCHERS {
    @Override
    void exhaust(Path socket, List<AutoCloseable> held) throws Exception {
      WireClient busy = hold(held, WireClient.welcomed(socket));
      for (int i = 0; i < 70; i++) {
        WireClient watcher = hold(held, WireClient.connect(socket));
        if (watcher.hello() instanceof Reply.Error
            || watcher.ask(new Request.Watch(true)) instanceof Reply.Error) {
          break;
        }
      }
      for (int i = 0; i < 1000; i++) {
        long descriptor = busy.ask(Reply.Opened.class, udp()).descriptor();
        busy.ask(Reply.Done.class, new Request.Close(descriptor));
      }
    }
  };

  private static Request udp() {
    return Request.Open.of(Family.INET, SocketType.DGRAM);
  }

  /** Returns when everything was released. */
  void run(Path socket) throws Exception {
    List<AutoCloseable> held = new ArrayList<>();
    try {
      exhaust(socket, held);
    } catch (IOException | AssertionError refused) {
      // or the broker has ended; the test checks whether it gave a reason
      return;
    } finally {
      for (AutoCloseable it : held) {
        it.close();
      }
    }
  }

  abstract void exhaust(Path socket, List<AutoCloseable> held) throws Exception;

  private static <T extends AutoCloseable> T hold(List<AutoCloseable> held, T it) {
    held.add(it);
    return it;
  }
}
