package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;

/**
 * A TCP socket that behaves like Linux: immediate handshake, FIN, reset, a pending error that is
 * reported once, half close, urgent byte, a send queue that fills.
 */
final class SimulatedTcp extends SimulatedSocket {
  static final int SEND_CAPACITY = 2048;

  private enum State {
    CLOSED,
    LISTENING,
    CONNECTING,
    ESTABLISHED
  }

  /** The state that decides about connect(2), in addition to the state of the protocol. */
  private enum Attempt {
    NONE,
    GOES_ON,
    SUCCEEDED
  }

  private record Segment(byte[] bytes, boolean endsUrgent) {}

  private final ReceiveQueue in = new ReceiveQueue();
  private final ArrayDeque<Segment> out = new ArrayDeque<>();
  private final ArrayDeque<SimulatedTcp> acceptable = new ArrayDeque<>();
  private final LinkedHashSet<SimulatedTcp> knocking = new LinkedHashSet<>();
  private State state = State.CLOSED;
  private Attempt attempt = Attempt.NONE;
  private SimulatedTcp peer;
  private SimulatedTcp knockedAt;
  private int backlog;
  private int outLength;
  private int sentOfFirst;
  private boolean receiveShut;
  private boolean sendShut;
  private boolean finSent;
  private boolean finReceived;
  private boolean noSpace;

  SimulatedTcp(SimulatedKernel kernel) {
    super(kernel, SocketType.STREAM);
  }

  @Override
  public int protocol() {
    return 6;
  }

  @Override
  public int poll() {
    if (state == State.LISTENING) {
      return acceptable.isEmpty() ? 0 : IN;
    }
    int mask = 0;
    if (state == State.CLOSED || receiveShut && sendShut) {
      mask |= HUP;
    }
    if (receiveShut) {
      mask |= IN | RDHUP;
    }
    if (state != State.CONNECTING) {
      if (in.isReadable(lowWater())) {
        mask |= IN;
      }
      if (sendShut || isWritable()) {
        mask |= OUT;
      } else {
        noSpace = true;
      }
      if (in.isUrgentWaiting()) {
        mask |= PRI;
      }
    }
    return pendingError == 0 ? mask : mask | ERR;
  }

  /** A third of the queue is free. */
  private boolean isWritable() {
    return outLength <= SEND_CAPACITY * 2 / 3;
  }

  /** A lower mark wakes a thread that waits for data. SO_OOBINLINE wakes nobody. */
  @Override
  void optionChanged(String name) {
    in.inline(urgentInline());
    if (name.equals("SO_RCVLOWAT")) {
      wakeReader();
    }
  }

  @Override
  public void bind(Address address) {
    if (localPort != 0) {
      throw new RefusedException(Errno.EINVAL, "is bound");
    }
    int port = address.port() == 0 ? kernel.freePort() : address.port();
    SimulatedTcp other = kernel.tcp.putIfAbsent(port, this);
    if (other != null && !(sharesPort() && other.sharesPort())) {
      throw new RefusedException(Errno.EADDRINUSE, "port " + port + " is taken");
    }
    localPort = port;
  }

  private boolean sharesPort() {
    return Boolean.TRUE.equals(getOption("SO_REUSEPORT"));
  }

  private void bindIfNeeded() {
    if (localPort == 0) {
      bind(Address.inet(SimulatedKernel.HOST, 0));
    }
  }

  @Override
  public void listen(int queueLength) {
    if (state != State.CLOSED && state != State.LISTENING || attempt != Attempt.NONE) {
      throw new RefusedException(Errno.EINVAL, "is connected");
    }
    bindIfNeeded();
    state = State.LISTENING;
    backlog = queueLength;
  }

  @Override
  public int connect(Address address) {
    if (state == State.LISTENING || attempt == Attempt.SUCCEEDED) {
      return -Errno.EISCONN;
    } else if (attempt == Attempt.GOES_ON) {
      return finishConnect();
    }
    bindIfNeeded();
    attempt = Attempt.GOES_ON;
    peerPort = address.port();
    SimulatedTcp listener = kernel.tcp.get(peerPort);
    if (address.host().equals(SimulatedKernel.SILENT_HOST)) {
      state = State.CONNECTING;
    } else if (listener == null
        || listener.state != State.LISTENING
        || address.host().equals(SimulatedKernel.EMPTY_HOST)) {
      refused();
    } else {
      state = State.CONNECTING;
      knockedAt = listener;
      listener.knocking.add(this);
      listener.letIn();
    }
    return -Errno.EINPROGRESS;
  }

  @Override
  public void abandonConnect() {
    if (knockedAt != null) {
      knockedAt.knocking.remove(this);
      knockedAt = null;
    }
    state = State.CLOSED;
    attempt = Attempt.NONE;
    peerPort = 0;
    wake(0);
  }

  private void refused() {
    knockedAt = null;
    die(Errno.ECONNREFUSED);
  }

  /** The queue takes one connection more than the backlog. */
  private void letIn() {
    while (!knocking.isEmpty() && acceptable.size() <= backlog) {
      SimulatedTcp client = knocking.removeFirst();
      SimulatedTcp server = new SimulatedTcp(kernel);
      server.localPort = localPort;
      server.peerPort = client.localPort;
      server.attempt = Attempt.SUCCEEDED;
      server.state = State.ESTABLISHED;
      server.peer = client;
      client.knockedAt = null;
      client.state = State.ESTABLISHED;
      client.peer = server;
      acceptable.add(server);
      client.wake(0);
      wake(IN);
    }
  }

  /** Like getpeername(2): fails while connecting, and after both sides have ended. */
  @Override
  public Address peerAddress() {
    return state == State.ESTABLISHED ? super.peerAddress() : null;
  }

  @Override
  public int finishConnect() {
    return switch (state) {
      case CONNECTING -> -Errno.EALREADY;
      case ESTABLISHED -> {
        attempt = Attempt.SUCCEEDED;
        yield 0;
      }
      default -> {
        int error = pendingError == 0 ? Errno.ECONNABORTED : takeError();
        attempt = Attempt.NONE;
        receiveShut = false;
        sendShut = false;
        finReceived = false;
        peerPort = 0;
        yield -error;
      }
    };
  }

  @Override
  public SimulatedTcp accept() {
    if (state != State.LISTENING) {
      throw new RefusedException(Errno.EINVAL, "does not listen");
    }
    SimulatedTcp taken = acceptable.poll();
    letIn();
    return taken;
  }

  @Override
  public int receive(ByteBuf into, int length, boolean peek, Arrival arrival) {
    arrival.clear();
    if (state == State.LISTENING) {
      return -Errno.ENOTCONN;
    }
    int count = in.take(into, length, peek);
    if (count > 0) {
      if (!peek && peer != null) {
        peer.push();
      }
      return count;
    }
    return withoutData();
  }

  @Override
  public int peek() {
    return state != State.LISTENING && in.hasNext() ? 1 : withoutData();
  }

  private int withoutData() {
    if (finReceived) {
      return 0;
    } else if (pendingError != 0) {
      return -takeError();
    } else if (receiveShut) {
      return 0;
    }
    return state == State.CLOSED || state == State.LISTENING ? -Errno.ENOTCONN : -Errno.EAGAIN;
  }

  @Override
  public int receiveUrgent(ByteBuf into, boolean peek) {
    if (state == State.LISTENING) {
      return -Errno.ENOTCONN;
    }
    if (in.isUrgentWaiting() && !urgentInline() && state == State.CLOSED && !finReceived) {
      return -Errno.ENOTCONN;
    }
    return in.takeUrgent(into, peek);
  }

  @Override
  public int send(ByteBuf from, Address to, boolean urgent) {
    if (pendingError != 0) {
      return -takeError();
    } else if (state == State.CONNECTING) {
      return -Errno.EAGAIN;
    } else if (sendShut || state != State.ESTABLISHED) {
      return -Errno.EPIPE;
    }
    int length = from.readableBytes();
    int taken = 0;
    while (taken < length && outLength < SEND_CAPACITY) {
      byte[] bytes = new byte[Math.min(length - taken, SEND_CAPACITY - outLength)];
      from.readBytes(bytes);
      taken += bytes.length;
      out.add(new Segment(bytes, urgent && taken == length));
      outLength += bytes.length;
      push();
      if (state != State.ESTABLISHED) {
        return taken;
      }
    }
    noSpace |= taken < length;
    return taken == 0 && length > 0 ? -Errno.EAGAIN : taken;
  }

  /** Moves as much to the peer as it has room for. */
  private void push() {
    boolean moved = false;
    while (!out.isEmpty() && peer != null && state == State.ESTABLISHED) {
      if (peer.closed) {
        die(isFinReceivedOnly() ? Errno.EPIPE : Errno.ECONNRESET);
        return;
      }
      if (peer.receiveShut && peer.sendShut && !peer.finReceived) {
        // Data for an end that neither receives nor sends: both ends get a reset.
        peer.die(Errno.ECONNRESET);
        die(isFinReceivedOnly() ? Errno.EPIPE : Errno.ECONNRESET);
        return;
      }
      Segment first = out.peek();
      int count = Math.min(first.bytes.length - sentOfFirst, peer.in.room());
      if (count == 0) {
        break;
      }
      boolean whole = sentOfFirst + count == first.bytes.length;
      peer.in.append(first.bytes, sentOfFirst, count, whole && first.endsUrgent);
      peer.wakeReader();
      outLength -= count;
      sentOfFirst = whole ? 0 : sentOfFirst + count;
      if (whole) {
        out.poll();
      }
      moved = true;
    }
    if (moved && noSpace && isWritable()) {
      noSpace = false;
      wake(OUT);
    }
    if (out.isEmpty() && (sendShut || closed) && !finSent && state == State.ESTABLISHED) {
      sendFin();
    }
  }

  /** Whether the state is CLOSE_WAIT, where a reset is an EPIPE. */
  private boolean isFinReceivedOnly() {
    return finReceived && !sendShut;
  }

  private void wakeReader() {
    if (in.isReadable(lowWater())) {
      wake(IN | PRI);
    } else if (in.isUrgentWaiting()) {
      wake(IN | PRI);
    }
  }

  private void sendFin() {
    finSent = true;
    SimulatedTcp other = peer;
    if (other.state == State.ESTABLISHED) {
      other.finReceived = true;
      other.receiveShut = true;
      other.endIfBothEnded();
      other.wake(0);
    }
    endIfBothEnded();
  }

  private void endIfBothEnded() {
    if (finSent && finReceived) {
      state = State.CLOSED;
      receiveShut = true;
      sendShut = true;
      wake(0);
    }
  }

  /** A reset or a refusal has arrived. */
  private void die(int errno) {
    pendingError = errno;
    state = State.CLOSED;
    receiveShut = true;
    sendShut = true;
    out.clear();
    outLength = 0;
    wake(0);
  }

  private void resetPeer() {
    if (peer != null && peer.state == State.ESTABLISHED) {
      peer.die(peer.isFinReceivedOnly() ? Errno.EPIPE : Errno.ECONNRESET);
    }
  }

  @Override
  public void shutdown(Direction how) {
    shutdowns++;
    if (state == State.LISTENING) {
      if (how != Direction.SEND) {
        stopListening();
      }
      return;
    }
    receiveShut |= how != Direction.SEND;
    sendShut |= how != Direction.RECEIVE;
    if (state != State.ESTABLISHED) {
      // The mark stays, and a later connection starts with a shutdown.
      throw new RefusedException(Errno.ENOTCONN, "is not connected");
    }
    push();
    wake(0);
  }

  private void stopListening() {
    state = State.CLOSED;
    while (!acceptable.isEmpty()) {
      SimulatedTcp server = acceptable.poll();
      server.resetPeer();
      server.close();
    }
    while (!knocking.isEmpty()) {
      knocking.removeFirst().refused();
    }
    wake(0);
  }

  @Override
  public boolean isAtMark() {
    return in.isAtMark();
  }

  @Override
  public boolean peerEnded() {
    return attempt == Attempt.SUCCEEDED && finReceived;
  }

  @Override
  public long queuedIn() {
    return state == State.LISTENING ? acceptable.size() : in.lengthToMark();
  }

  @Override
  public long queuedOut() {
    return outLength;
  }

  /** Closes as with linger (1,0). */
  void reset() {
    setOption("SO_LINGER", 0L);
    close();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    super.close();
    kernel.tcp.remove(localPort, this);
    if (knockedAt != null) {
      knockedAt.knocking.remove(this);
    }
    switch (state) {
      case LISTENING -> stopListening();
      case ESTABLISHED -> {
        if (linger() == 0 || in.length() > 0) {
          resetPeer();
          state = State.CLOSED;
        } else {
          push();
        }
      }
      default -> {}
    }
  }
}
