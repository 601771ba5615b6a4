package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Crash;
import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.broker.kernel.Ledger.Ids;
import dev.sockbroker.broker.kernel.Ledger.Kind;
import dev.sockbroker.broker.os.KeptState;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedDoor;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.broker.state.SavedToken;
import dev.sockbroker.broker.state.SavedTransport;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what a killed broker has left into a state from which this broker continues. The records
 * are the state of the last commit. The calls after it have moved bytes that no record knows:
 *
 * <ul>
 *   <li>What was received for a request returns to its socket, as if the reply had been lost (rule
 *       26).
 *   <li>What was sent of a request that comes again is skipped when it comes.
 *   <li>What was read from a client is its input, and what was sent to it is not sent again.
 *   <li>A connection that was accepted waits for the next accept.
 * </ul>
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final KeptState left;
  private final ByteBufAllocator buffers;
  private final TreeMap<Long, SavedSocket> sockets;
  private final TreeMap<Long, SavedDescriptor> descriptors;
  private final TreeMap<Long, SavedOperation> operations;
  private final TreeMap<Long, SavedStream> streams;
  private final TreeMap<Long, SavedConnection> connections;
  private final SavedDoor door;
  private final Crash crash = new Crash();

  /** What each descriptor of this process is. */
  private final Map<Integer, Owner> owners = new HashMap<>();

  /** What the calls have received from each socket, and nobody has got. */
  private final Map<Long, List<KeptState.Call>> received = new HashMap<>();

  private final Map<Long, Long> sentTo = new HashMap<>();
  private final Map<Long, Integer> fdsPassedTo = new HashMap<>();
  private final List<Integer> newClients = new ArrayList<>();

  private sealed interface Owner {
    record Socket(long id) implements Owner {}

    record Stream(long descriptor) implements Owner {}

    record Client(long number) implements Owner {}

    record Fds(long number) implements Owner {}

    record TheDoor() implements Owner {}
  }

  /**
   * A state and what it does not say.
   *
   * @param sent what was sent to the clients of these connections
   * @param fdsPassed how many fds were passed to them
   * @param newClients connections that were accepted and have no session
   */
  record Recovered(
      SavedState state,
      Crash crash,
      Map<SavedConnection, Integer> sent,
      Map<SavedConnection, Integer> fdsPassed,
      List<Integer> newClients) {}

  private Recovery(KeptState left, ByteBufAllocator buffers) throws IOException {
    this.left = left;
    this.buffers = buffers;
    sockets = left.all(Kind.SOCKET, SavedSocket.class);
    descriptors = left.all(Kind.DESCRIPTOR, SavedDescriptor.class);
    operations = left.all(Kind.OPERATION, SavedOperation.class);
    streams = left.all(Kind.STREAM, SavedStream.class);
    connections = left.all(Kind.CONNECTION, SavedConnection.class);
    door = left.all(Kind.DOOR, SavedDoor.class).get(0L);
    if (door == null) {
      throw new IOException("the killed broker had not begun to listen");
    }
  }

  static Recovered of(KeptState left, ByteBufAllocator buffers) throws IOException {
    return new Recovery(left, buffers).run();
  }

  private Recovered run() {
    findOwners();
    streams.values().forEach(it -> LOG.debug("left: {}", it));
    left.calls().forEach(this::apply);
    received.forEach(this::giveBack);
    Map<SavedConnection, Integer> sent = new IdentityHashMap<>();
    sentTo.forEach((number, count) -> sent.put(connections.get(number), count.intValue()));
    Map<SavedConnection, Integer> fds = new IdentityHashMap<>();
    fdsPassedTo.forEach((number, count) -> fds.put(connections.get(number), count));
    return new Recovered(
        new SavedState(door, null, broker(), List.copyOf(connections.values())),
        crash,
        sent,
        fds,
        newClients);
  }

  // ---- who the calls belong to

  private void findOwners() {
    sockets.forEach(
        (id, it) -> owners.put(it.transport().kernel().fd().number(), new Owner.Socket(id)));
    streams.forEach(
        (id, it) -> {
          if (it.connection() != null) {
            owners.put(it.connection().fd().number(), new Owner.Stream(id));
          }
        });
    connections.forEach(
        (number, it) -> {
          if (it.fd() != null) {
            owners.put(it.fd().number(), new Owner.Client(number));
          }
          if (it.fdConnection() != null) {
            owners.put(it.fdConnection().fd().number(), new Owner.Fds(number));
          }
        });
    owners.put(door.listener().number(), new Owner.TheDoor());
  }

  private void apply(KeptState.Call call) {
    Owner owner = owners.get(call.fd());
    LOG.debug(
        "{} of {} by {} {}",
        call.kind(),
        call.length(),
        owner,
        call.place() < 0 ? "in a ring" : "");
    if (owner == null) {
      return;
    }
    switch (call.kind()) {
      case RECEIVE -> onReceived(call, owner);
      case SEND -> onSent(call, owner);
      case ACCEPT -> onAccepted(call, owner);
    }
  }

  // ---- receiving

  private void onReceived(KeptState.Call call, Owner owner) {
    switch (owner) {
      case Owner.Client it ->
          connections.computeIfPresent(it.number(), (_, former) -> withInput(former, call.bytes()));
      case Owner.Stream it -> {
        if (call.length() > 0) {
          streams.computeIfPresent(
              it.descriptor(), (_, former) -> withKept(former, joined(former, call.bytes())));
        }
      }
      case Owner.Socket it when call.place() < 0 -> {
        SavedRing ring = ring(it.id(), true);
        if (ring != null) {
          crash.onReceivedByRing(ring.descriptor(), call.length());
        }
      }
      case Owner.Socket it -> received.computeIfAbsent(it.id(), _ -> new ArrayList<>()).add(call);
      case Owner.Fds _, Owner.TheDoor _ -> {}
    }
  }

  private SavedConnection withInput(SavedConnection it, ByteBuf more) {
    return new SavedConnection(
        it.fd(),
        it.pid(),
        it.uid(),
        it.pidfd(),
        it.session(),
        joined(it.input(), more),
        it.patienceNanos(),
        it.output(),
        it.deliveries(),
        it.fdKey(),
        it.fdConnection(),
        it.full());
  }

  private ByteBuf joined(SavedStream stream, ByteBuf more) {
    return joined(stream.send().kept(), more);
  }

  private ByteBuf joined(ByteBuf first, ByteBuf second) {
    ByteBuf both =
        buffers
            .directBuffer(first.readableBytes() + second.readableBytes())
            .writeBytes(first)
            .writeBytes(second);
    first.release();
    second.release();
    return both;
  }

  private static SavedStream withKept(SavedStream it, ByteBuf kept) {
    return with(it, it.send().head(), kept);
  }

  private static SavedStream with(SavedStream it, long head, ByteBuf kept) {
    SavedStream.Sending send = it.send();
    return new SavedStream(
        it.descriptor(),
        it.key(),
        it.connection(),
        it.detached(),
        it.receive(),
        new SavedStream.Sending(
            head,
            kept,
            send.atEnd(),
            send.blocked(),
            send.draining(),
            send.ended(),
            send.reported()));
  }

  private SavedRing ring(long socket, boolean receives) {
    return sockets.get(socket).rings().stream()
        .filter(it -> receives ? it.receive() != null : it.send() != null)
        .findFirst()
        .orElse(null);
  }

  /** Gives received bytes back to their socket. */
  private void giveBack(long id, List<KeptState.Call> calls) {
    SavedSocket socket = sockets.get(id);
    SavedTransport transport = socket.transport();
    List<SavedTransport.Chunk> returned = new ArrayList<>(transport.returned());
    long position = transport.received();
    boolean datagram = transport.kernel().type() == SocketType.DGRAM;
    for (KeptState.Call it : calls) {
      // What a stream has passed on was skipped.
      position += datagram ? 0 : it.bytes().readerIndex();
      if (it.bytes().isReadable() || datagram) {
        returned.add(
            new SavedTransport.Chunk(
                position,
                it.bytes().slice(),
                datagram ? arrival(it.arrival()) : null,
                payer(it, socket),
                false,
                false));
        position += datagram ? 1 : it.bytes().readableBytes();
      }
    }
    sockets.put(
        id,
        socket.with(
            transport.with(position, returned), socket.receives(), socket.sends(), List.of()));
  }

  private static SavedTransport.Arrival arrival(Arrival it) {
    return new SavedTransport.Arrival(it.from, it.size, it.control);
  }

  /** Who is charged for bytes that return. */
  private static long payer(KeptState.Call call, SavedSocket socket) {
    return call.session() == 0 ? socket.maker() : call.session();
  }

  // ---- sending

  private void onSent(KeptState.Call call, Owner owner) {
    switch (owner) {
      case Owner.Client it -> sentTo.merge(it.number(), (long) call.length(), Long::sum);
      case Owner.Fds it -> fdsPassedTo.merge(it.number(), 1, Integer::sum);
      case Owner.Stream it -> onPassedOn(streams.get(it.descriptor()), call.length());
      case Owner.Socket it -> onSent(it.id(), call);
      case Owner.TheDoor _ -> {}
    }
  }

  /** A stream has passed bytes on to its client: first those that had returned to the socket. */
  private void onPassedOn(SavedStream stream, int count) {
    long id = descriptors.get(stream.descriptor()).socket();
    SavedTransport transport = sockets.get(id).transport();
    int rest = count;
    for (SavedTransport.Chunk it : transport.returned()) {
      rest -= skip(it.bytes(), rest);
    }
    for (KeptState.Call it : received.getOrDefault(id, List.of())) {
      rest -= skip(it.bytes(), rest);
    }
    sockets.computeIfPresent(id, (_, former) -> withoutEmpty(former));
  }

  private static int skip(ByteBuf bytes, int max) {
    int count = Math.min(max, bytes.readableBytes());
    bytes.skipBytes(count);
    return count;
  }

  /** Bytes that were skipped also move the positions. */
  private static SavedSocket withoutEmpty(SavedSocket it) {
    SavedTransport transport = it.transport();
    List<SavedTransport.Chunk> rest =
        transport.returned().stream()
            .filter(chunk -> chunk.arrival() != null || chunk.bytes().isReadable())
            .map(Recovery::moved)
            .toList();
    return it.with(
        transport.with(transport.received(), rest), it.receives(), it.sends(), it.streams());
  }

  private static SavedTransport.Chunk moved(SavedTransport.Chunk it) {
    return new SavedTransport.Chunk(
        it.position() + it.bytes().readerIndex(),
        it.bytes().slice().retain(),
        it.arrival(),
        it.session(),
        it.ofRing(),
        it.ofStream());
  }

  private void onSent(long socket, KeptState.Call call) {
    SavedStream stream = sendingStream(socket);
    if (call.place() < 0) {
      SavedRing ring = ring(socket, false);
      if (ring != null) {
        crash.onSentByRing(ring.descriptor(), call.length());
      }
    } else if (stream != null) {
      SavedStream.Sending send = stream.send();
      skip(send.kept(), call.length());
      streams.put(stream.descriptor(), with(stream, send.head() + call.length(), send.kept()));
    } else {
      onSentByOperation(socket, call);
    }
  }

  private SavedStream sendingStream(long socket) {
    return streams.values().stream()
        .filter(it -> it.send() != null && descriptors.containsKey(it.descriptor()))
        .filter(it -> descriptors.get(it.descriptor()).socket() == socket)
        .findFirst()
        .orElse(null);
  }

  /** The send that has begun, or else waits longest, or else the request that was being handled. */
  private void onSentByOperation(long socket, KeptState.Call call) {
    Map.Entry<Long, SavedOperation> first =
        operations.entrySet().stream()
            .filter(it -> isOf(it.getValue(), socket) && left(it.getValue()) > 0)
            .min(
                Comparator.comparing(
                        (Map.Entry<Long, SavedOperation> it) -> sending(it.getValue()).taken() == 0)
                    .thenComparing(it -> it.getValue().order()))
            .orElse(null);
    if (first == null) {
      crash.onSent(call.session(), call.request(), call.length());
      return;
    }
    SavedOperation operation = first.getValue();
    SavedOperation.Sending sending = sending(operation);
    skip(sending.bytes(), call.length());
    operations.put(
        first.getKey(),
        new SavedOperation(
            operation.call(),
            operation.descriptor(),
            operation.order(),
            operation.patient(),
            operation.deadline(),
            operation.ownTime(),
            new SavedOperation.Sending(
                sending.bytes(),
                sending.total(),
                sending.taken() + call.length(),
                sending.asked(),
                sending.starved(),
                sending.patience())));
  }

  private boolean isOf(SavedOperation it, long socket) {
    return it.progress() instanceof SavedOperation.Sending
        && descriptors.containsKey(it.descriptor())
        && descriptors.get(it.descriptor()).socket() == socket;
  }

  private static SavedOperation.Sending sending(SavedOperation it) {
    return (SavedOperation.Sending) it.progress();
  }

  private static int left(SavedOperation it) {
    return sending(it).bytes().readableBytes();
  }

  // ---- accepting

  private void onAccepted(KeptState.Call call, Owner owner) {
    if (call.accepted() < 0) {
      return;
    }
    switch (owner) {
      case Owner.TheDoor _ -> newClients.add(call.accepted());
      case Owner.Socket it -> {
        SavedKernelSocket kernel = sockets.get(it.id()).transport().kernel();
        crash.onAccepted(
            it.id(),
            new SavedKernelSocket(
                new Fd(call.accepted()),
                kernel.family(),
                kernel.type(),
                kernel.protocol(),
                true,
                null,
                false,
                false,
                null));
      }
      case Owner.Stream _, Owner.Client _, Owner.Fds _ -> {}
    }
  }

  // ---- the state

  private SavedBroker broker() {
    Ids ids = left.ids();
    TreeMap<Long, SavedProcess> processes = left.all(Kind.PROCESS, SavedProcess.class);
    List<Long> numbers = List.copyOf(processes.keySet());
    return new SavedBroker(
        ids.startedNanos(),
        ids.session(),
        ids.socket(),
        ids.descriptor(),
        ids.token(),
        ids.object(),
        List.copyOf(left.all(Kind.SESSION, SavedSession.class).values()),
        sockets.values().stream().map(this::whole).toList(),
        List.copyOf(descriptors.values()),
        List.copyOf(processes.values()),
        left.all(Kind.TOKEN, SavedToken.class).values().stream()
            .map(it -> numbered(it, numbers))
            .toList());
  }

  private SavedSocket whole(SavedSocket it) {
    List<SavedOperation> receives = new ArrayList<>();
    List<SavedOperation> sends = new ArrayList<>();
    operations.values().stream()
        .filter(operation -> descriptors.containsKey(operation.descriptor()))
        .filter(operation -> descriptors.get(operation.descriptor()).socket() == it.id())
        .sorted(Comparator.comparingLong(SavedOperation::order))
        .forEach(operation -> (isReceiving(operation) ? receives : sends).add(operation));
    return it.with(
        it.transport(),
        receives,
        sends,
        streams.values().stream()
            .filter(stream -> descriptors.containsKey(stream.descriptor()))
            .filter(stream -> descriptors.get(stream.descriptor()).socket() == it.id())
            .toList());
  }

  private static boolean isReceiving(SavedOperation it) {
    return it.call().request() instanceof Request.Receive
        || it.call().request() instanceof Request.Accept;
  }

  /** A record names a process by its number, and a whole state by its place. */
  private static SavedToken numbered(SavedToken it, List<Long> numbers) {
    if (!(it.target() instanceof SavedToken.OfProcess process)) {
      return it;
    }
    int place = numbers.indexOf((long) process.process());
    return new SavedToken(
        it.id(),
        it.text(),
        it.maker(),
        it.socket(),
        it.rights(),
        new SavedToken.OfProcess(place),
        it.expiresNanos(),
        it.redeeming(),
        it.sameUser());
  }
}
