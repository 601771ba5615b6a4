package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.ModelSocket.ModelDescriptor;
import dev.sockbroker.broker.core.ModelSocket.Phase;
import dev.sockbroker.broker.core.ModelStep.Kind;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The sockets outside the core: those to which it connects, and the other ends of its connections.
 */
final class ModelPeers {
  private static final Address ANY = Address.inet("127.0.0.1", 0);

  private final ModelRig rig;
  private final Model model;
  private final Map<Model.ModelSession, ModelClient> clients;

  /** Connections whose other end is still open. */
  private final List<ModelSocket> ends = new ArrayList<>();

  /** Everything that is open outside the core. */
  private final List<KernelSocket> outside = new ArrayList<>();

  private final KernelSocket openListener;
  private final KernelSocket fullListener;
  private final KernelSocket udpPeer;
  private final Address nobodyTcp;
  private final Address nobodyUdp;

  /**
   * The connection that has the place in the full listener's queue, and the one that waits for it.
   */
  private ModelSocket inQueue;

  private final ArrayDeque<ModelSocket> knocking = new ArrayDeque<>();

  ModelPeers(ModelRig rig, Model model, Map<Model.ModelSession, ModelClient> clients) {
    this.rig = rig;
    this.model = model;
    this.clients = clients;
    openListener = outside(SocketType.STREAM);
    fullListener = outside(SocketType.STREAM);
    udpPeer = outside(SocketType.DGRAM);
    KernelSocket tcp = outside(SocketType.STREAM);
    KernelSocket udp = outside(SocketType.DGRAM);
    nobodyTcp = tcp.localAddress();
    nobodyUdp = udp.localAddress();
    rig.run(
        () -> {
          openListener.listen(64);
          fullListener.listen(0);
          tcp.close();
          udp.close();
        });
    if (rig.isSimulated()) {
      outside(SocketType.STREAM).connect(fullListener.localAddress());
    }
  }

  private KernelSocket outside(SocketType type) {
    KernelSocket[] made = new KernelSocket[1];
    rig.run(
        () -> {
          made[0] = rig.kernel().open(Family.INET, type, 0);
          made[0].bind(ANY);
        });
    outside.add(made[0]);
    return made[0];
  }

  /** Returns the address to which a socket connects. */
  Address address(Model.To to, ModelSocket socket) {
    return switch (to) {
      case LISTENER -> socket.stream ? openListener.localAddress() : udpPeer.localAddress();
      case FULL_LISTENER -> fullListener.localAddress();
      case NOBODY -> socket.stream ? nobodyTcp : nobodyUdp;
    };
  }

  /**
   * Accepts a connection, or lets it wait.
   *
   * @param begins whether the socket was not connected before
   */
  void onConnect(Model.To to, ModelSocket socket, boolean begins) {
    if (begins && to == Model.To.FULL_LISTENER) {
      knocking.add(socket);
    } else if (begins && to == Model.To.LISTENER && socket.stream) {
      until(
          () -> {
            rig.run(() -> socket.peer = openListener.accept());
            return socket.peer != null;
          });
      outside.add(socket.peer);
      ends.add(socket);
    } else if (!socket.stream && !ends.contains(socket)) {
      socket.peer = udpPeer;
      ends.add(socket);
    }
  }

  /** Accepts from the full listener, so that the next connection gets its place. */
  void makeRoom() {
    if (knocking.isEmpty()) {
      return;
    }
    KernelSocket taken = fullListener.accept();
    outside.add(taken);
    if (inQueue != null && model.sockets.contains(inQueue)) {
      inQueue.peer = taken;
      ends.add(inQueue);
    }
    inQueue = knocking.poll();
    if (inQueue != null) {
      Model.settleConnect(inQueue, 0);
    }
  }

  /** Connects to a listener of the core. */
  void dial(ModelStep step) {
    List<ModelSocket> listeners = new ArrayList<>();
    for (ModelSocket it : model.sockets) {
      if (it.phase == Phase.LISTENING && it.acceptable.size() <= Model.BACKLOG) {
        listeners.add(it);
      }
    }
    ModelSocket listener = ModelStep.pick(listeners, step.a());
    if (listener == null) {
      return;
    }
    ModelDescriptor by = ModelStep.pick(listener.descriptors, 0);
    if (by == null) {
      return;
    }
    ModelClient client = clients.get(by.session());
    long id = client.ask(new Request.GetAddresses(by.id()));
    by.session().replies.put(id, "ok");
    Address address = ((Reply.Addresses) client.raw.get(id)).local();
    ModelSocket socket = new ModelSocket(true, true);
    socket.phase = Phase.CONNECTED;
    rig.run(
        () -> {
          socket.peer = rig.kernel().open(Family.INET, SocketType.STREAM, 0);
          socket.peer.connect(address);
        });
    rig.settle();
    int[] connected = new int[1];
    until(
        () -> {
          rig.run(() -> connected[0] = socket.peer.finishConnect());
          return connected[0] == 0;
        });
    outside.add(socket.peer);
    ends.add(socket);
    listener.acceptable.add(socket);
  }

  /** The other end of a connection acts. Returns a difference, or an empty text. */
  String act(ModelStep step) {
    ModelSocket socket = ModelStep.pick(ends, step.a());
    if (socket == null) {
      return "";
    } else if (!socket.stream) {
      sendDatagram(step, socket);
      return "";
    } else if (step.kind() == Kind.PEER_READS_ALL) {
      return drain(socket);
    }
    act(step, socket);
    return "";
  }

  private void act(ModelStep step, ModelSocket socket) {
    boolean sends = !socket.peerFin && !socket.dead;
    String text = String.valueOf((char) ('a' + step.b() % 26)).repeat(1 + step.c() % 8);
    switch (step.kind()) {
      case PEER_SENDS -> {
        if (sends) {
          send(socket, text, false);
          if (socket.receiveShut && socket.sendShut) {
            // Linux treats data that nobody can receive as a reason for a reset.
            socket.reset();
          } else {
            socket.data.append(text);
          }
        }
      }
      case PEER_SENDS_URGENT -> {
        if (sends && !(socket.receiveShut && socket.sendShut)) {
          socket.urgentArrived(text.charAt(0));
          send(socket, text.substring(0, 1), true);
        }
      }
      case PEER_SHUTS_DOWN -> {
        if (sends) {
          rig.run(() -> socket.peer.shutdown(Direction.SEND));
          rig.arrive(socket.peer);
          socket.fin();
        }
      }
      case PEER_CLOSES -> {
        ends.remove(socket);
        rig.run(socket.peer::close);
        if (socket.full || socket.sent.length() > socket.peerRead) {
          socket.reset();
        } else {
          socket.fin();
          socket.peerGone = true;
        }
      }
      default -> {
        ends.remove(socket);
        rig.run(() -> rig.reset(socket.peer));
        socket.reset();
      }
    }
  }

  private void send(ModelSocket socket, String text, boolean urgent) {
    rig.run(
        () -> {
          ByteBuf bytes = rig.buffer(text.length());
          bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
          socket.peer.send(bytes, null, urgent);
          bytes.release();
        });
    rig.arrive(socket.peer);
  }

  private void sendDatagram(ModelStep step, ModelSocket socket) {
    ModelDescriptor by = ModelStep.pick(socket.descriptors, 0);
    if (step.kind() != Kind.PEER_SENDS
        || by == null
        || socket.peerGone
        || socket.datagrams.size() > 8) {
      return;
    }
    ModelClient client = clients.get(by.session());
    long id = client.ask(new Request.GetAddresses(by.id()));
    by.session().replies.put(id, "ok");
    Address to = ((Reply.Addresses) client.raw.get(id)).local();
    String text = String.valueOf((char) ('a' + step.b() % 26)).repeat(step.c() % 8);
    rig.run(
        () -> {
          ByteBuf bytes = rig.buffer(8);
          bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
          udpPeer.send(bytes, to, false);
          bytes.release();
        });
    socket.datagrams.add(text);
  }

  /** Reads until nothing more comes, and checks that every byte came once and in order. */
  private String drain(ModelSocket socket) {
    StringBuilder got = new StringBuilder();
    read(socket, got);
    model.peerDrained(socket);
    rig.await(
        () -> {
          read(socket, got);
          return got.length() >= socket.sent.length() - socket.peerRead;
        });
    String sure = socket.sent.substring(Math.min(socket.peerRead, socket.sent.length()));
    boolean partly = !socket.out.isEmpty() && socket.out.peek().someTaken;
    boolean lossy = socket.error != 0;
    boolean right =
        sure.contentEquals(got)
            || partly && got.toString().startsWith(sure)
            || lossy && sure.startsWith(got.toString());
    String difference =
        right || socket.sentUnknown
            ? ""
            : "the peer must read " + brief(sure) + ", read " + brief(got.toString());
    if (socket.sentUnknown || lossy) {
      socket.sent.setLength(socket.peerRead + got.length());
    }
    socket.sentUnknown = false;
    socket.peerRead += got.length();
    return difference;
  }

  private static String brief(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "... (" + text.length() + ")";
  }

  private void read(ModelSocket socket, StringBuilder got) {
    int[] count = new int[1];
    do {
      rig.run(
          () -> {
            ByteBuf into = rig.buffer(4096);
            count[0] = socket.peer.receive(into, 4096, false, new KernelSocket.Arrival());
            got.append(into.toString(StandardCharsets.ISO_8859_1));
            into.release();
          });
      rig.settle();
    } while (count[0] > 0);
  }

  private void until(BooleanSupplier done) {
    if (!done.getAsBoolean()) {
      rig.await(done);
    }
  }

  /** Forgets closed sockets, whose other ends are no longer needed. */
  void forget(List<ModelSocket> closed) {
    for (ModelSocket socket : closed) {
      ends.remove(socket);
      ends.removeAll(socket.acceptable);
      ends.removeAll(socket.returned);
      knocking.remove(socket);
    }
  }

  void closeAll() {
    rig.run(() -> outside.forEach(KernelSocket::close));
  }
}
