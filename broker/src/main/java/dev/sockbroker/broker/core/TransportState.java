package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * What the broker must remember about a kernel socket since the kernel says it once, or no longer:
 * how far it is connected, the outcome of a connect, the pending error, the addresses, what was
 * shut down; and the operations by which these change (rules 22, 23, 44, 45).
 */
final class TransportState {
  /** How far it has come; a connection that has died stays connected. */
  enum Phase {
    UNCONNECTED,
    CONNECTING,
    CONNECTED
  }

  private static final int ANY_DATA =
      KernelSocket.IN | KernelSocket.RDHUP | KernelSocket.HUP | KernelSocket.ERR;

  private final KernelSocket kernel;
  private final Returned returned = new Returned();
  private final ArrayDeque<TransportState> returnedConnections = new ArrayDeque<>();
  private Phase phase = Phase.UNCONNECTED;
  private boolean accepted;
  private boolean listening;
  private int backlog;

  /** Of the last connect attempt: 0 or an errno; null if there was none or it goes on. */
  private Integer outcome;

  /** Sticky on a stream; answered once on a datagram socket (rule 23). */
  private final PendingError pending = new PendingError();

  private boolean receiveShut;
  private boolean sendShut;
  private Address local;
  private Address peer;
  private long received;

  /** Whoever is charged while it waits at a listener. */
  private Account charged;

  /** What the kernel has just said by itself, until something is received. */
  private int readiness;

  private TransportState(KernelSocket kernel) {
    this.kernel = kernel;
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

  boolean isStream() {
    return kernel.type() == SocketType.STREAM;
  }

  boolean isListening() {
    return listening;
  }

  boolean isConnecting() {
    return phase == Phase.CONNECTING;
  }

  boolean isConnected() {
    return phase == Phase.CONNECTED;
  }

  /** Whether it is one end of a stream, also if whoever has the raw fd has connected it. */
  boolean hasPeer() {
    return isStream() && !listening && (phase != Phase.UNCONNECTED || kernel.peerAddress() != null);
  }

  boolean isReceiveShut() {
    return receiveShut;
  }

  boolean isSendShut() {
    return sendShut;
  }

  /** The outcome of its own connect; null on an accepted socket (section 4, CONNECT). */
  Integer connectOutcome() {
    return accepted ? null : outcome;
  }

  /** How many bytes (of datagrams: how many) have come from the kernel. */
  long received() {
    return received;
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

  /** Remembered; before the kernel has given one, what it says now. */
  Address local() {
    return local != null ? local : kernel.localAddress();
  }

  Address peer() {
    return peer;
  }

  void bind(Address address) {
    kernel.bind(address);
    local = kernel.localAddress();
  }

  void listen(int queueLength) {
    if (queueLength < 0) {
      // the kernel would take it for the largest there is
      throw new RefusedException(
          Errno.EINVAL, "the backlog is " + queueLength + " (expected: 0 or more)");
    }
    kernel.listen(queueLength);
    listening = true;
    backlog = queueLength;
    local = kernel.localAddress();
  }

  /** Somebody outside has ended listening; it is the broker's to end (rule 46). */
  void listenAgain() {
    try {
      kernel.listen(backlog);
    } catch (RefusedException e) {
      // Its address is another's meanwhile: accepts are answered that it does not listen.
      listening = false;
    }
  }

  /** Begins to connect: 0, -EINPROGRESS or -errno; see {@link #isAttempt}. */
  int connect(Address address) {
    if (listening || isStream() && phase == Phase.CONNECTED) {
      return -Errno.EISCONN;
    } else if (phase == Phase.CONNECTING) {
      return -Errno.EALREADY;
    }
    int result = kernel.connect(address);
    if (result == -Errno.EINPROGRESS) {
      phase = Phase.CONNECTING;
      outcome = null;
      local = kernel.localAddress();
    } else if (isAttempt(-result)) {
      settle(-result);
    }
    return result;
  }

  /** Whether a connect that answered so was an attempt at all, with an outcome to report. */
  static boolean isAttempt(int errno) {
    return switch (errno) {
      case Errno.EALREADY, Errno.EISCONN, Errno.EINVAL, Errno.EAGAIN -> false;
      // The address cannot be one of this socket's peers.
      case Errno.EAFNOSUPPORT, Errno.ENAMETOOLONG, Errno.ENODEV -> false;
      default -> true;
    };
  }

  /** Fetches the outcome of a connect in progress, if there is one yet. */
  boolean settleConnect() {
    int result = kernel.finishConnect();
    if (result == -Errno.EALREADY || result == -Errno.EINPROGRESS) {
      return false;
    }
    settle(-result);
    return true;
  }

  private void settle(int errno) {
    outcome = errno;
    phase = errno == 0 ? Phase.CONNECTED : Phase.UNCONNECTED;
    if (errno == 0) {
      if (isStream()) {
        pending.clear();
      }
      rememberAddresses();
    }
  }

  /** The next connection, null if none waits. */
  TransportState accept() {
    TransportState given = acceptReturned();
    if (given != null) {
      return given;
    }
    KernelSocket taken = kernel.accept();
    return taken == null ? null : accepted(taken);
  }

  /** The next of those that were taken from the kernel already; null if there is none. */
  TransportState acceptReturned() {
    TransportState next = returnedConnections.poll();
    if (next != null) {
      next.charge(null);
    }
    return next;
  }

  /**
   * One that was accepted outside the loop waits for whoever accepts next.
   *
   * @param listener is charged for its fd
   */
  void giveBack(KernelSocket taken, Account listener) {
    giveBack(accepted(taken), listener);
  }

  /**
   * A connection whose accept was answered to nobody waits again, with what the kernel has said of
   * it already.
   *
   * @param listener is charged for its fd
   */
  void giveBack(TransportState transport, Account listener) {
    transport.charge(listener);
    returnedConnections.add(transport);
  }

  /**
   * @param account of the listener where it waits, null when it leaves it
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
   * Receives; as {@link KernelSocket#receive}, with the pending error where the kernel has said it
   * once already.
   */
  int receive(ByteBuf into, int length, boolean peek, KernelSocket.Arrival arrival) {
    arrival.clear();
    if (!returned.isEmpty()) {
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

  /** Whether the kernel's readiness says that a receive which waits should try. */
  boolean isReadable() {
    return !isStream()
        || !isConnected()
        || hasReturned()
        || (readiness & ANY_DATA) != 0
        || (kernel.poll() & ANY_DATA) != 0;
  }

  /**
   * Whether so many bytes can be received, or what is left before the end, an error or an urgent
   * byte.
   *
   * @param enough at most SO_RCVLOWAT, which poll knows except for a Unix socket
   */
  boolean hasBytes(long enough) {
    if (!isStream() || !isConnected() || hasReturned()) {
      return true;
    }
    int mask = readiness != 0 ? readiness : kernel.poll();
    boolean isEnd = (mask & ANY_DATA & ~KernelSocket.IN) != 0;
    boolean isFull = (mask & KernelSocket.IN) != 0 && kernel.family() != Family.UNIX;
    if (isEnd || isFull) {
      return true;
    }
    // In line an urgent byte is like any other: the kernel waits for more.
    boolean isAtUrgentByte = (mask & KernelSocket.PRI) != 0 && !kernel.urgentInline();
    return kernel.queuedIn() >= (isAtUrgentByte ? 1 : enough);
  }

  /** Whether a datagram socket was shut down for receiving, so that nobody need wait. */
  boolean isDatagramEnd() {
    return !isStream() && isReceivingOver();
  }

  /** What a wake-up has said, which saves asking; 0 when it is over. */
  void knownReadiness(int mask) {
    readiness = mask;
  }

  /** What stands where the data ends: the peer's end, or else the pending error (rule 23). */
  private int afterData(int result) {
    if (result != 0 && result != -Errno.EAGAIN) {
      note(-result);
    }
    if (!pending.isAny() || !isConnected() || result == 0 && hasPeerEnded()) {
      return result;
    }
    return -pending.errno();
  }

  /** Whether the peer had ended before the connection died of its error. */
  private boolean hasPeerEnded() {
    return pending.errno() == Errno.EPIPE || kernel.peerEnded();
  }

  /** The position of what the next receive gets. */
  long position() {
    return returned.isEmpty() ? received : returned.position();
  }

  void giveBack(Returned.Chunk chunk) {
    returned.add(chunk);
  }

  /**
   * Whether a byte can be received: 1, 0 for the end of the stream, -EAGAIN, or -errno that is
   * pending.
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
      // Only sending has ended, by a shutdown of ours, of whoever has the raw fd, or of a Unix peer
      // that receives no more. The connection has no error, and its receiving half may go on.
      return result;
    }
    if (result == -Errno.EPIPE && isStream()) {
      // A Unix peer that closed with data unread: the kernel keeps ECONNRESET for a receive.
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

  /** What the kernel has said may be an error of the connection. */
  private void note(int errno) {
    if (isConnected()) {
      pending.keepFirst(errno);
    }
  }

  /** The pending error, 0 for none; asks the kernel if poll shows one. Nothing is used up. */
  int error(int poll) {
    if (!pending.isAny() && phase != Phase.CONNECTING && (poll & KernelSocket.ERR) != 0) {
      int errno = kernel.takeError();
      if (isStream()) {
        note(errno);
      } else {
        pending.set(errno);
      }
    }
    return pending.errno();
  }

  /** SO_ERROR: 0 while connecting (rule 44), sticky on a stream, used up on a datagram socket. */
  int takeError() {
    if (phase == Phase.CONNECTING) {
      return 0;
    }
    int errno = error(KernelSocket.ERR);
    if (!isStream()) {
      pending.clear();
    }
    return errno;
  }

  /** The pending error as far as it is known, for the list. */
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
    receiveShut |= how != Direction.SEND;
    sendShut |= how != Direction.RECEIVE;
    if (listening && how != Direction.SEND) {
      listening = false;
      receiveShut = false;
      sendShut = false;
    }
  }

  /**
   * Ends all that the kernel can end for whoever has the raw fd: connections and sending. One that
   * was not connected says so and is marked nevertheless, so that it sends nothing more.
   */
  void end() {
    try {
      kernel.shutdown(Direction.BOTH);
    } catch (RefusedException e) {
      if (e.errno() != Errno.ENOTCONN) {
        throw e;
      }
    }
    receiveShut = !listening;
    sendShut = !listening;
    listening = false;
  }

  private void rememberAddresses() {
    local = kernel.localAddress();
    peer = kernel.peerAddress();
  }

  void close() {
    returned.release();
    returnedConnections.forEach(TransportState::close);
    charge(null);
    kernel.close();
  }
}
