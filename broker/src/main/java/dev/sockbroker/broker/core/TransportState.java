package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedTransport;
import dev.sockbroker.broker.state.SavedTransport.Phase;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * State of a kernel socket that the broker must remember because the kernel reports it only once or
 * no longer: the phase of the connection, the outcome of a connect, the pending error, the
 * addresses and shutdowns. Also contains the operations that change this state (rules 22, 23, 44,
 * 45).
 */
final class TransportState {
  private final KernelSocket kernel;
  private final Returned returned = new Returned();
  private final ArrayDeque<TransportState> returnedConnections = new ArrayDeque<>();
  private Phase phase = Phase.UNCONNECTED;
  private boolean accepted;
  private boolean listening;
  private int backlog;

  /**
   * The outcome of the last connect: 0 or an errno. Null if there was none or it is in progress.
   */
  private Integer outcome;

  /** Sticky on a stream, reported once on a datagram socket (rule 23). */
  private final PendingError pending = new PendingError();

  private boolean receiveShut;
  private boolean sendShut;
  private Address local;
  private Address peer;
  private Address boundTo;
  private Address connectedTo;

  /** The literal of the last connect, which may still be in progress. */
  private Address reaching;

  private long received;

  /** The account that is charged while the connection waits at a listener. */
  private Account charged;

  /** Notes changes for the ledger. Null until the socket has an owner. */
  private Change change;

  /** Whether the kernel may have been asked for more than this object knows. */
  private boolean isAhead;

  /** The readiness in the kernel's last wake-up, valid until something is received. */
  private int readiness;

  private TransportState(KernelSocket kernel) {
    this.kernel = kernel;
  }

  static TransportState restore(
      SavedTransport saved, KernelSocket kernel, Account account, Restoring restoring) {
    TransportState transport = new TransportState(kernel);
    transport.phase = saved.phase();
    transport.accepted = saved.accepted();
    transport.listening = saved.listening();
    transport.backlog = saved.backlog();
    transport.outcome = saved.outcome();
    transport.pending.set(saved.pendingError());
    transport.receiveShut = saved.receiveShut();
    transport.sendShut = saved.sendShut();
    transport.local = saved.local();
    transport.peer = saved.peer();
    transport.received = saved.received();
    transport.boundTo = saved.boundTo();
    transport.connectedTo = saved.connectedTo();
    transport.reaching = saved.reaching();
    saved.returned().forEach(it -> transport.returned.restore(it, restoring));
    for (SavedTransport it : saved.returnedConnections()) {
      KernelSocket connection = restoring.adopt(it.kernel());
      transport.giveBack(restore(it, connection, account, restoring), account);
    }
    return transport;
  }

  SavedTransport save(Saving saving) {
    return new SavedTransport(
        kernel.save(),
        phase,
        accepted,
        listening,
        backlog,
        outcome,
        pending.errno(),
        receiveShut,
        sendShut,
        local,
        peer,
        received,
        returned.save(saving),
        returnedConnections.stream().map(it -> it.save(saving)).toList(),
        boundTo,
        connectedTo,
        reaching);
  }

  static TransportState fresh(KernelSocket kernel) {
    return new TransportState(kernel);
  }

  private static TransportState accepted(KernelSocket kernel) {
    TransportState transport = new TransportState(kernel);
    transport.accepted = true;
    transport.phase = Phase.CONNECTED;
    transport.rememberAddresses();
    return transport;
  }

  KernelSocket kernel() {
    return kernel;
  }

  /** Notes changes there from now on: of its socket, or of the listener where it waits. */
  void belongsTo(Change owner) {
    change = owner;
  }

  private void changed() {
    if (change != null) {
      change.note();
    }
  }

  boolean isStream() {
    return kernel.type() == SocketType.STREAM;
  }

  /** Whether the socket was accepted from a listener. */
  boolean isAccepted() {
    return accepted;
  }

  boolean isListening() {
    return listening;
  }

  /** How many connections may wait at a listener. */
  int backlog() {
    return backlog;
  }

  boolean isConnecting() {
    return phase == Phase.CONNECTING;
  }

  boolean isConnected() {
    return phase == Phase.CONNECTED;
  }

  /** Whether the socket is one end of a stream, even if a holder of the raw fd has connected it. */
  boolean hasPeer() {
    return isStream() && !listening && (phase != Phase.UNCONNECTED || kernel.peerAddress() != null);
  }

  boolean isReceiveShut() {
    return receiveShut;
  }

  boolean isSendShut() {
    return sendShut;
  }

  /**
   * Returns the outcome of the socket's own connect. Null on an accepted socket (section 4,
   * CONNECT).
   */
  Integer connectOutcome() {
    return accepted ? null : outcome;
  }

  /** Returns the number of bytes or datagrams that were received from the kernel. */
  long received() {
    return received;
  }

  /** Sets how much was received, which a killed broker did not write. */
  void recover(long count) {
    received = Math.max(received, count);
  }

  boolean hasReturned() {
    return !returned.isEmpty() || !returnedConnections.isEmpty();
  }

  long returnedBytes() {
    return returned.size();
  }

  SocketState state() {
    if (listening) {
      return SocketState.LISTENING;
    } else if (phase == Phase.CONNECTING) {
      return SocketState.CONNECTING;
    } else if (phase == Phase.CONNECTED && isStream() && pending.isAny()) {
      return SocketState.FAILED;
    } else if (receiveShut && sendShut) {
      return SocketState.ENDED;
    } else if (phase == Phase.CONNECTED) {
      return SocketState.CONNECTED;
    }
    return local != null ? SocketState.BOUND : SocketState.FRESH;
  }

  /** Returns the remembered local address, or asks the kernel if none is known yet. */
  Address local() {
    return local != null ? local : kernel.localAddress();
  }

  Address peer() {
    return peer;
  }

  void bind(Address address) {
    if (!isAhead || !isBoundTo(address)) {
      kernel.bind(address);
    }
    isAhead = false;
    local = kernel.localAddress();
    boundTo = local;
    changed();
  }

  /**
   * Says that a killed broker may have made a call for a request whose effect it could not write
   * down. The request comes again.
   */
  void recover() {
    isAhead = true;
  }

  private boolean isBoundTo(Address address) {
    Address now = kernel.localAddress();
    return boundTo == null
        && now != null
        && address.host() != null
        && address.host().equals(now.host())
        && (address.port() == 0 || address.port().equals(now.port()));
  }

  /** What a connect returns that comes again. */
  private static int asFirst(int result) {
    return switch (-result) {
      case Errno.EISCONN -> 0;
      case Errno.EALREADY -> -Errno.EINPROGRESS;
      default -> result;
    };
  }

  /** The address of a bind that was asked for, or null. */
  Address boundTo() {
    return boundTo;
  }

  /** The address of the last connect, as it was asked for, unless that has failed; or null. */
  Address connectedTo() {
    return phase == Phase.UNCONNECTED ? null : connectedTo;
  }

  /** The address of the last connect, which may still be in progress; null if it failed. */
  Address reaching() {
    return phase == Phase.UNCONNECTED ? null : reaching;
  }

  void listen(int queueLength) {
    if (queueLength < 0) {
      // The kernel would treat it as the largest value.
      throw new RefusedException(
          Errno.EINVAL, "the backlog is " + queueLength + " (expected: 0 or more)");
    }
    kernel.listen(queueLength);
    listening = true;
    backlog = queueLength;
    local = kernel.localAddress();
    changed();
  }

  /**
   * Listens again after another process has ended listening, which only the broker may do (rule
   * 46).
   */
  void listenAgain() {
    try {
      kernel.listen(backlog);
    } catch (RefusedException e) {
      // Another socket has taken the address. Accepts fail because the socket does not listen.
      listening = false;
      changed();
      endReturned();
    }
  }

  /**
   * Begins to connect. Returns 0, -EINPROGRESS or -errno; see {@link #isAttempt}.
   *
   * @param asked what the client has asked for: the same address, or the host name that it belongs
   *     to
   */
  int connect(Address address, Address asked) {
    if (listening || isStream() && phase == Phase.CONNECTED) {
      return -Errno.EISCONN;
    } else if (phase == Phase.CONNECTING) {
      return -Errno.EALREADY;
    }
    connectedTo = asked;
    reaching = address;
    changed();
    int called = kernel.connect(address);
    int result = isAhead ? asFirst(called) : called;
    isAhead = false;
    if (result == -Errno.EINPROGRESS) {
      phase = Phase.CONNECTING;
      outcome = null;
      local = kernel.localAddress();
    } else if (isAttempt(-result)) {
      settle(-result);
    }
    return result;
  }

  /** Abandons the connect in progress, as timed out, so that another address can be tried. */
  void abandonConnect() {
    kernel.abandonConnect();
    settle(Errno.ETIMEDOUT);
    local = kernel.localAddress();
  }

  /** Whether a connect that returned this errno was an attempt with an outcome to report. */
  static boolean isAttempt(int errno) {
    return switch (errno) {
      case Errno.EALREADY, Errno.EISCONN, Errno.EINVAL, Errno.EAGAIN -> false;
      // The address cannot belong to a peer of this socket.
      case Errno.EAFNOSUPPORT, Errno.ENAMETOOLONG, Errno.ENODEV -> false;
      default -> true;
    };
  }

  /** Reads the outcome of a connect in progress if it is known. */
  boolean settleConnect() {
    int result = kernel.finishConnect();
    if (result == -Errno.EALREADY || result == -Errno.EINPROGRESS) {
      return false;
    }
    settle(-result);
    return true;
  }

  private void settle(int errno) {
    changed();
    outcome = errno;
    phase = errno == 0 ? Phase.CONNECTED : Phase.UNCONNECTED;
    if (errno == 0) {
      if (isStream()) {
        pending.clear();
      }
      rememberAddresses();
    }
  }

  /** Returns the next connection, or null if none waits. */
  TransportState accept() {
    TransportState given = acceptReturned();
    if (given != null) {
      return given;
    }
    KernelSocket taken = kernel.accept();
    return taken == null ? null : accepted(taken);
  }

  /** Returns the next connection that was already taken from the kernel, or null. */
  TransportState acceptReturned() {
    TransportState next = returnedConnections.poll();
    if (next != null) {
      next.charge(null);
      changed();
    }
    return next;
  }

  /** How many connections have returned and wait for the next accept. */
  int returnedConnections() {
    return returnedConnections.size();
  }

  /**
   * Whether this listener can keep one more connection that returns: as many as its queue in the
   * kernel has places.
   */
  boolean hasRoomToReturn(Account listener) {
    return listening
        && returnedConnections.size() <= backlog
        && listener.hasRoom(Resource.FILE_DESCRIPTORS, 1);
  }

  /**
   * Keeps a connection that was accepted outside the loop for the next accept.
   *
   * @param listener the listener's account, which is charged for the fd
   */
  void giveBack(KernelSocket taken, Account listener) {
    giveBack(accepted(taken), listener);
  }

  /**
   * Keeps a connection that its session has not used for the next accept, with the state that is
   * already known.
   *
   * @param listener the listener's account, which is charged for the fd
   */
  void giveBack(TransportState transport, Account listener) {
    transport.charge(listener);
    transport.belongsTo(change);
    returnedConnections.add(transport);
    changed();
  }

  /**
   * @param account the account of the listener where the connection waits, null when it leaves
   */
  private void charge(Account account) {
    if (charged != null) {
      charged.release(Resource.FILE_DESCRIPTORS, 1);
    }
    charged = account;
    if (charged != null) {
      charged.force(Resource.FILE_DESCRIPTORS, 1);
    }
  }

  /**
   * Receives like {@link KernelSocket#receive}. Also returns a pending error that the kernel has
   * already reported.
   */
  int receive(ByteBuf into, int length, boolean peek, KernelSocket.Arrival arrival) {
    arrival.clear();
    if (!returned.isEmpty()) {
      changed();
      return returned.take(into, length, peek, !isStream(), arrival);
    }
    if (!isStream()) {
      int result = pending.isAny() ? -takeError() : kernel.receive(into, length, peek, arrival);
      received += result >= 0 && !peek ? 1 : 0;
      return result;
    }
    readiness = 0;
    int result = kernel.receive(into, length, peek, arrival);
    if (result > 0) {
      received += peek ? 0 : result;
      return result;
    }
    return afterData(result);
  }

  /** Whether a waiting receive should try, according to the kernel's readiness. */
  boolean isReadable() {
    return !isStream()
        || !isConnected()
        || hasReturned()
        || (readiness & KernelSocket.ANY_DATA) != 0
        || (kernel.poll() & KernelSocket.ANY_DATA) != 0;
  }

  /**
   * Whether enough bytes can be received, or there is an end, an error or an urgent byte after
   * fewer bytes.
   *
   * @param enough at most SO_RCVLOWAT, which poll considers except for a Unix socket
   */
  boolean hasBytes(long enough) {
    if (!isStream() || !isConnected() || hasReturned()) {
      return true;
    }
    int mask = readiness != 0 ? readiness : kernel.poll();
    boolean isEnd = (mask & KernelSocket.ENDING) != 0;
    boolean isFull = (mask & KernelSocket.IN) != 0 && kernel.family() != Family.UNIX;
    if (isEnd || isFull) {
      return true;
    }
    // With SO_OOBINLINE an urgent byte is like any other byte, and the kernel waits for more.
    boolean isAtUrgentByte = (mask & KernelSocket.PRI) != 0 && !kernel.urgentInline();
    return kernel.queuedIn() >= (isAtUrgentByte ? 1 : enough);
  }

  /** Whether a datagram socket was shut down for receiving, so that waiting is useless. */
  boolean isDatagramEnd() {
    return !isStream() && isReceivingOver();
  }

  /** Sets the readiness of a wake-up, which saves a poll. 0 when it is over. */
  void knownReadiness(int mask) {
    readiness = mask;
  }

  /** Returns what follows the data: the peer's end, or else the pending error (rule 23). */
  private int afterData(int result) {
    if (result != 0 && result != -Errno.EAGAIN) {
      note(-result);
    }
    if (!pending.isAny() || !isConnected() || result == 0 && hasPeerEnded()) {
      return result;
    }
    return -pending.errno();
  }

  /** Whether the peer had ended before the connection failed. */
  private boolean hasPeerEnded() {
    return pending.errno() == Errno.EPIPE || kernel.peerEnded();
  }

  /** Returns the position of the next data to receive. */
  long position() {
    return returned.isEmpty() ? received : returned.position();
  }

  void giveBack(Returned.Chunk chunk) {
    changed();
    returned.add(chunk);
  }

  /**
   * Peeks. Returns 1 if a byte can be received, 0 at the end of the stream, -EAGAIN, or the pending
   * error as -errno.
   */
  int peek() {
    if (!returned.isEmpty()) {
      return 1;
    }
    int result = kernel.peek();
    return result > 0 || !isStream() ? result : afterData(result);
  }

  int send(ByteBuf from, Address to, boolean urgent) {
    if (pending.isAny()) {
      return isStream() ? -pending.errno() : -takeError();
    }
    int result = kernel.send(from, to, urgent);
    if (result == -Errno.EPIPE && (sendShut || !isReceivingOver())) {
      // Only sending has ended: by a shutdown of the broker or of a holder of the raw fd, or by a
      // Unix peer that no longer receives. The connection has no error, and receiving may continue.
      return result;
    }
    if (result == -Errno.EPIPE && isStream()) {
      // A Unix peer closed with unread data: the kernel keeps ECONNRESET for a receive.
      int kept = kernel.takeError();
      note(kept != 0 ? kept : Errno.EPIPE);
      return isConnected() ? -pending.errno() : result;
    }
    if (result < 0 && result != -Errno.EAGAIN && isStream()) {
      note(-result);
    }
    return result;
  }

  private boolean isReceivingOver() {
    return (kernel.poll() & KernelSocket.RDHUP) != 0;
  }

  /** Keeps an errno of the kernel if it is an error of the connection. */
  private void note(int errno) {
    if (isConnected()) {
      changed();
      pending.keepFirst(errno);
    }
  }

  /**
   * Returns the pending error, or 0, without clearing it. Asks the kernel if poll shows an error.
   */
  int error(int poll) {
    if (!pending.isAny() && phase != Phase.CONNECTING && (poll & KernelSocket.ERR) != 0) {
      int errno = kernel.takeError();
      if (isStream()) {
        note(errno);
      } else {
        changed();
        pending.set(errno);
      }
    }
    return pending.errno();
  }

  /**
   * Returns SO_ERROR: 0 while connecting (rule 44), sticky on a stream, cleared by reading on a
   * datagram socket.
   */
  int takeError() {
    if (phase == Phase.CONNECTING) {
      return 0;
    }
    int errno = error(KernelSocket.ERR);
    if (!isStream() && pending.isAny()) {
      changed();
      pending.clear();
    }
    return errno;
  }

  /** Returns the known pending error without asking the kernel, for the list. */
  int knownError() {
    return pending.errno();
  }

  void shutdown(Direction how) {
    boolean inet = kernel.family() != Family.UNIX;
    if (inet && !listening && phase != Phase.CONNECTED) {
      throw new RefusedException(
          Errno.ENOTCONN, "the socket is neither connected nor listening; there is nothing to end");
    }
    kernel.shutdown(how);
    changed();
    receiveShut |= how != Direction.SEND;
    sendShut |= how != Direction.RECEIVE;
    if (listening && how != Direction.SEND) {
      listening = false;
      receiveShut = false;
      sendShut = false;
      endReturned();
    }
  }

  /** Connections that were taken from the kernel end with those that wait there. */
  private void endReturned() {
    returnedConnections.forEach(TransportState::close);
    returnedConnections.clear();
  }

  /**
   * Ends connections and sending for all holders of the raw fd. An unconnected socket returns an
   * error but is shut down nevertheless, so that it sends nothing more.
   */
  void end() {
    try {
      kernel.shutdown(Direction.BOTH);
    } catch (RefusedException e) {
      if (e.errno() != Errno.ENOTCONN) {
        throw e;
      }
    }
    changed();
    receiveShut = !listening;
    sendShut = !listening;
    listening = false;
    endReturned();
  }

  private void rememberAddresses() {
    local = kernel.localAddress();
    peer = kernel.peerAddress();
  }

  void close() {
    returned.release();
    endReturned();
    charge(null);
    kernel.close();
  }
}
