package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Crash;
import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.broker.kernel.Ledger.Ids;
import dev.sockbroker.broker.kernel.Ledger.Kind;
import dev.sockbroker.broker.os.KeptState;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedConnection.FdConnection;
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
import dev.sockbroker.protocol.wire.FrameHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
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
 *   <li>Requests that were answered without a commit are over.
 *   <li>A connection that was accepted waits for the next accept.
 * </ul>
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final KeptState left;
  private final ByteBufAllocator buffers;
  private final TreeMap<Long, SavedSession> sessions;
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

  /** How much of the input of each connection was handled since its record. */
  private final Map<Long, Long> handled = new HashMap<>();

  /** The requests that were answered since the record of their connection. */
  private final Set<Answered> answered = new HashSet<>();

  private final List<Integer> newClients = new ArrayList<>();

  private record Answered(long session, long id) {}

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
   * @param newClients connections that were accepted and have no session
   */
  record Recovered(SavedState state, Crash crash, List<Integer> newClients) {}

  private Recovery(KeptState left, ByteBufAllocator buffers) throws IOException {
    this.left = left;
    this.buffers = buffers;
    sessions = left.all(Kind.SESSION, SavedSession.class);
    sockets = left.all(Kind.SOCKET, SavedSocket.class);
    descriptors = left.all(Kind.DESCRIPTOR, SavedDescriptor.class);
    operations = left.all(Kind.OPERATION, SavedOperation.class);
    streams = left.all(Kind.STREAM, SavedStream.class);
    connections = left.all(Kind.CONNECTION, SavedConnection.class);
    connections.replaceAll((_, it) -> with(it, it.input(), it.sent(), it.fdConnection()));
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
    sessions.replaceAll((_, it) -> withoutAnswered(it));
    received.forEach(this::giveBack);
    return new Recovered(
        new SavedState(door, null, broker(), List.copyOf(connections.values())), crash, newClients);
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
      case ANSWER -> {
        if (owner instanceof Owner.Client it) {
          connections.computeIfPresent(
              it.number(), (number, former) -> answered(number, former, call));
        }
      }
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
          streams.computeIfPresent(it.descriptor(), (_, former) -> withTaken(former, call.bytes()));
        }
      }
      case Owner.Socket it when call.place() < 0 -> {
        SavedRing ring = ring(it.id(), true);
        if (ring != null) {
          crash.onReceivedByRing(ring.descriptor(), call.request() + call.length());
        }
      }
      case Owner.Socket it -> {
        passOwed(it.id(), call.bytes());
        received.computeIfAbsent(it.id(), _ -> new ArrayList<>()).add(call);
      }
      case Owner.Fds _, Owner.TheDoor _ -> {}
    }
  }

  private SavedConnection withInput(SavedConnection it, ByteBuf more) {
    return with(it, joined(it.input(), more), it.sent(), it.fdConnection());
  }

  /** All its former output was sent, and of this answer all but the rest. */
  private SavedConnection answered(long number, SavedConnection it, KeptState.Call call) {
    long before = handled.getOrDefault(number, 0L);
    skipAnswered(it, call.session() - before);
    handled.put(number, call.session());
    it.output().release();
    return new SavedConnection(
        it.fd(),
        it.pid(),
        it.uid(),
        it.pidfd(),
        it.session(),
        it.input(),
        it.patienceNanos(),
        call.bytes() == null ? Unpooled.EMPTY_BUFFER : call.bytes(),
        List.of(),
        it.fdKey(),
        it.fdConnection(),
        false,
        0);
  }

  private void skipAnswered(SavedConnection it, long count) {
    ByteBuf input = it.input();
    for (long left = count; left > 0; ) {
      FrameHeader header = FrameHeader.read(input.nioBuffer());
      if (header.length() < FrameHeader.LENGTH_MIN) {
        throw new IllegalStateException("a frame that was handled is damaged");
      }
      int bytes = FrameHeader.LENGTH_BYTES + header.length();
      answered.add(new Answered(it.session(), header.requestId()));
      input.skipBytes(bytes);
      left -= bytes;
    }
  }

  private SavedSession withoutAnswered(SavedSession it) {
    List<SavedSession.Begun> begun = new ArrayList<>(it.begun());
    boolean some = begun.removeIf(one -> answered.contains(new Answered(it.id(), one.requestId())));
    return some ? it.with(begun) : it;
  }

  private static SavedConnection withSent(SavedConnection it, int count) {
    return with(it, it.input(), it.sent() + count, it.fdConnection());
  }

  private static SavedConnection withPassed(SavedConnection it) {
    FdConnection fds = it.fdConnection();
    FdConnection passed = new FdConnection(fds.fd(), fds.output(), fds.waiting(), fds.passed() + 1);
    return with(it, it.input(), it.sent(), passed);
  }

  /** Apart from fds, the broker sends an fd connection only the reply to its hello. */
  private static SavedConnection withoutReply(SavedConnection it, int count) {
    skip(it.fdConnection().output(), count);
    return it;
  }

  /** Its client has all its time again, because nobody has read while there was no broker. */
  private static SavedConnection with(
      SavedConnection it, ByteBuf input, int sent, FdConnection fds) {
    return new SavedConnection(
        it.fd(),
        it.pid(),
        it.uid(),
        it.pidfd(),
        it.session(),
        input,
        null,
        it.output(),
        it.deliveries(),
        it.fdKey(),
        fds,
        it.full(),
        sent);
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

  /** Bytes that were sent while they stayed in the connection are over once they are taken. */
  private SavedStream withTaken(SavedStream it, ByteBuf more) {
    SavedStream.Sending send = it.send();
    long owed = send.owed() - skip(more, send.owed());
    return with(it, send.head(), joined(send.kept(), more), owed);
  }

  private static SavedStream with(SavedStream it, long head, ByteBuf kept, long owed) {
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
            send.reported(),
            owed));
  }

  private static SavedStream with(SavedStream it, SavedStream.Receiving receive) {
    return new SavedStream(
        it.descriptor(), it.key(), it.connection(), it.detached(), receive, it.send());
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
      if (answered.contains(new Answered(it.session(), it.request()))) {
        position += datagram ? 1 : it.bytes().readableBytes();
        continue;
      }
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
  private long payer(KeptState.Call call, SavedSocket socket) {
    // The session of an earlier send may be gone.
    return sessions.containsKey(call.session()) ? call.session() : socket.maker();
  }

  // ---- sending

  private void onSent(KeptState.Call call, Owner owner) {
    switch (owner) {
      case Owner.Client it ->
          connections.computeIfPresent(it.number(), (_, former) -> withSent(former, call.length()));
      case Owner.Fds it ->
          connections.computeIfPresent(
              it.number(),
              (_, former) ->
                  call.place() < 0 ? withPassed(former) : withoutReply(former, call.length()));
      case Owner.Stream it -> onPassedOn(streams.get(it.descriptor()), call.length());
      case Owner.Socket it -> onSent(it.id(), call);
      case Owner.TheDoor _ -> {}
    }
  }

  /**
   * A stream has passed bytes on to its client: first those that had returned to the socket. Those
   * that nobody has taken from the socket are still there.
   */
  private void onPassedOn(SavedStream stream, int count) {
    long id = descriptors.get(stream.descriptor()).socket();
    SavedTransport transport = sockets.get(id).transport();
    long rest = count;
    for (SavedTransport.Chunk it : transport.returned()) {
      rest -= skip(it.bytes(), rest);
    }
    for (KeptState.Call it : received.getOrDefault(id, List.of())) {
      rest -= skip(it.bytes(), rest);
    }
    sockets.computeIfPresent(id, (_, former) -> withoutEmpty(former));
    SavedStream.Receiving receive = stream.receive();
    streams.put(stream.descriptor(), with(stream, receive.owing(receive.owed() + rest)));
  }

  /** Bytes that were passed on while they stayed in the socket are over once they are taken. */
  private void passOwed(long socket, ByteBuf taken) {
    SavedStream stream = stream(socket, it -> it.receive() != null && it.receive().owed() > 0);
    if (stream != null) {
      SavedStream.Receiving receive = stream.receive();
      long owed = receive.owed() - skip(taken, receive.owed());
      streams.put(stream.descriptor(), with(stream, receive.owing(owed)));
    }
  }

  private static int skip(ByteBuf bytes, long max) {
    int count = (int) Math.min(max, bytes.readableBytes());
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
    SavedStream stream = stream(socket, it -> it.send() != null);
    if (call.place() < 0) {
      SavedRing ring = ring(socket, false);
      if (ring != null) {
        crash.onSentByRing(ring.descriptor(), call.request() + call.length());
      }
    } else if (stream != null) {
      SavedStream.Sending send = stream.send();
      long owed = send.owed() + call.length() - skip(send.kept(), call.length());
      streams.put(
          stream.descriptor(), with(stream, send.head() + call.length(), send.kept(), owed));
    } else {
      onSentByOperation(call);
    }
  }

  private SavedStream stream(long socket, Predicate<SavedStream> which) {
    return streams.values().stream()
        .filter(which)
        .filter(it -> descriptors.containsKey(it.descriptor()))
        .filter(it -> descriptors.get(it.descriptor()).socket() == socket)
        .findFirst()
        .orElse(null);
  }

  /** A send that waits, or else one whose request was being handled and comes again. */
  private void onSentByOperation(KeptState.Call call) {
    int rest = call.length();
    for (Map.Entry<Long, SavedOperation> it : operations.entrySet()) {
      SavedOperation operation = it.getValue();
      if (isSendOf(call, operation)) {
        SavedOperation.Sending sending = (SavedOperation.Sending) operation.progress();
        int count = skip(sending.bytes(), rest);
        rest -= count;
        it.setValue(withTaken(operation, count));
      }
    }
    if (rest > 0 || !isWaiting(call)) {
      int begun = rest;
      sessions.computeIfPresent(
          call.session(), (_, former) -> withBegun(former, call.request(), begun));
    }
  }

  private boolean isWaiting(KeptState.Call call) {
    return operations.values().stream().anyMatch(it -> isSendOf(call, it));
  }

  private static boolean isSendOf(KeptState.Call call, SavedOperation it) {
    return it.progress() instanceof SavedOperation.Sending
        && it.call().session() == call.session()
        && it.call().requestId() == call.request();
  }

  private static SavedOperation withTaken(SavedOperation it, int count) {
    SavedOperation.Sending sending = (SavedOperation.Sending) it.progress();
    return new SavedOperation(
        it.call(),
        it.descriptor(),
        it.order(),
        it.patient(),
        it.deadline(),
        it.ownTime(),
        new SavedOperation.Sending(
            sending.bytes(),
            sending.total(),
            sending.taken() + count,
            sending.asked(),
            sending.starved(),
            sending.patience()));
  }

  private static SavedSession withBegun(SavedSession it, long request, int count) {
    List<SavedSession.Begun> begun = new ArrayList<>(it.begun());
    long former =
        begun.stream()
            .filter(one -> one.requestId() == request)
            .mapToLong(SavedSession.Begun::taken)
            .sum();
    begun.removeIf(one -> one.requestId() == request);
    begun.add(new SavedSession.Begun(request, former + count));
    return it.with(begun);
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
        List.copyOf(sessions.values()),
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
