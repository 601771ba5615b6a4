package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.kernel.SendQueue;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** A socket that owns its descriptor. Loop thread only. */
final class EpollSocket implements KernelSocket {
  private static final int POLLED = IN | PRI | OUT | RDHUP;

  private static final int SHUT_RD = 0;
  private static final int SHUT_WR = 1;
  private static final int SHUT_RDWR = 2;

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;

  private static final long SIOCATMARK = 0x8905;
  private static final long FIONREAD = 0x541b;

  /** The TCP states in TCP_INFO that this class checks (include/net/tcp_states.h). */
  private static final int TCP_CLOSE = 7;

  private static final int TCP_CLOSE_WAIT = 8;
  private static final int TCP_LAST_ACK = 9;
  private static final int TCP_LISTEN = 10;
  private static final int TCP_CLOSING = 11;

  /** tcpi_unacked, which is the number of waiting connections for a listener. */
  private static final int TCP_INFO_UNACKED = 24;

  private final EpollKernel kernel;
  private final Readiness readiness;
  private final SocketKind kind;
  private final int fd;
  private Address connectingTo;
  private boolean connected;
  private long inode;
  private BoundPath boundPath;

  /**
   * The cached SO_RCVTIMEO and SO_SNDTIMEO, null if unknown. A holder of the raw fd may change
   * them.
   */
  private Long receiveTimeout;

  private Long sendTimeout;

  /** The cached SO_RCVLOWAT, or 0 if unknown. */
  private int lowWaterMark;

  private boolean shared;

  /** An error that the kernel has reported before bytes that came before it, or 0. */
  private int earlyError;

  /** Whether a bind that was refused has bound it. A kernel's socket cannot be unbound. */
  private boolean isMisplaced;

  /** Whether the kernel may have to choose a port at the next connect or send. */
  private boolean mayBeUnbound;

  /** Null until the first accept on a separate thread. */
  private Acceptor acceptor;

  EpollSocket(EpollKernel kernel, Readiness readiness, SocketKind kind, boolean connected) {
    this.kernel = kernel;
    this.readiness = readiness;
    this.kind = kind;
    this.connected = connected;
    this.fd = readiness.fd().intValue();
    mayBeUnbound = kind.isUdp();
  }

  @Override
  public SavedKernelSocket save() {
    return new SavedKernelSocket(
        new Fd(fd),
        kind.family(),
        kind.type(),
        kind.protocol(),
        connected,
        connectingTo,
        shared,
        mayBeUnbound,
        boundPath == null ? null : boundPath.save());
  }

  void restore(SavedKernelSocket saved) {
    connectingTo = saved.connectingTo();
    shared = saved.shared();
    mayBeUnbound = saved.mayBeUnbound();
    boundPath = saved.boundFile() == null ? null : BoundPath.restore(kernel, saved.boundFile());
  }

  @Override
  public Family family() {
    return kind.family();
  }

  @Override
  public SocketType type() {
    return kind.type();
  }

  @Override
  public int protocol() {
    return kind.protocol();
  }

  @Override
  public long inode() {
    if (inode == 0) {
      inode = readInode();
    }
    return inode;
  }

  /** Reads the inode from the link {@code socket:[4711]}. */
  private long readInode() {
    try {
      String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return Long.parseLong(link, link.indexOf('[') + 1, link.length() - 1, 10);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onReady(IntConsumer listener) {
    readiness.listener(listener);
  }

  @Override
  public void arm(int mask) {
    readiness.arm(mask);
  }

  @Override
  public int poll() {
    return kernel.values().poll(fd, POLLED);
  }

  @Override
  public void bind(Address address) {
    if (kind.isUdp() && address.port() != null && address.port() == 0) {
      takePort(() -> bindTo(address));
    } else {
      bindTo(address);
    }
  }

  private int bindTo(Address address) {
    int length = kernel.addresses().write(kind.family(), address);
    if (kind.family() == Family.UNIX && UnixPath.isFile(address.path())) {
      try {
        boundPath = BoundPath.bind(kernel, fd, address.path(), () -> bind(address, length));
      } catch (RefusedException e) {
        isMisplaced = localAddress() != null;
        throw e;
      }
    } else {
      bind(address, length);
    }
    return 0;
  }

  private int takePort(IntSupplier call) {
    return UnsharedPort.during(call, kernel.values(), fd);
  }

  /** Whether the kernel would choose a port at a connect or send. */
  private boolean needsPort() {
    mayBeUnbound = mayBeUnbound && localAddress() == null;
    return mayBeUnbound;
  }

  private void bind(Address address, int length) {
    require(kernel.calls().bind(fd, kernel.addresses().memory(), length), "bind to ", address);
  }

  private void require(int answer, String attempt, Address address) {
    if (answer == -Errno.EADDRINUSE) {
      throw RefusedException.ofCall(
          answer, attempt + address, new AddressHolder(kernel.files()).of(kind, address));
    } else if (answer < 0) {
      throw RefusedException.ofCall(answer, attempt + address);
    }
  }

  @Override
  public void listen(int backlog) {
    if (isMisplaced) {
      throw new RefusedException(Errno.EACCES, "it is bound elsewhere than it was asked for");
    }
    require(kernel.calls().listen(fd, backlog), "listen at ", localAddress());
  }

  @Override
  public int connect(Address address) {
    int answer = needsPort() ? takePort(() -> connectCall(address)) : connectCall(address);
    // A broker that was killed may have begun to connect it.
    boolean isConnecting = answer == -Errno.EINPROGRESS || answer == -Errno.EALREADY;
    connectingTo = isConnecting ? address : null;
    connected |= answer == -Errno.EISCONN && peerAddress() != null;
    return answer;
  }

  @Override
  public int finishConnect() {
    int answer = connectCall(connectingTo);
    if (answer == -Errno.EALREADY) {
      return answer;
    }
    connectingTo = null;
    // The kernel returns 0 only once, and a holder of the raw fd may have received it.
    if (answer == -Errno.EISCONN) {
      connected = true;
      return 0;
    }
    return answer;
  }

  @Override
  public void abandonConnect() {
    kernel.calls().disconnect(fd);
    connectingTo = null;
  }

  private int connectCall(Address address) {
    int answer = toAddress(address, (memory, length) -> kernel.calls().connect(fd, memory, length));
    if (answer == 0) {
      connected = true;
    }
    return answer;
  }

  /** A system call that takes the memory and length of an address. */
  private interface AddressCall {
    int make(long memory, int length);
  }

  /** Runs a connect or a send, which returns -errno and does not throw. */
  private int toAddress(Address address, AddressCall call) {
    int length;
    try {
      length = kernel.addresses().write(kind.family(), address);
    } catch (RefusedException e) {
      return -e.errno();
    }
    if (kind.family() == Family.UNIX && UnixPath.isFile(address.path())) {
      return toFile(address, call);
    }
    if (kind.family() == Family.UNIX && kernel.paths().isOwnName(address.path())) {
      return -Errno.EPERM;
    }
    return call.make(kernel.addresses().memory(), length);
  }

  /** Connects or sends to the file that was checked, even if its path changes meanwhile. */
  private int toFile(Address address, AddressCall call) {
    int file = kernel.paths().openPeer(address.path());
    if (file < 0) {
      return file;
    }
    try {
      int length = kernel.addresses().writeFile(FileCalls.link(file));
      return call.make(kernel.addresses().memory(), length);
    } finally {
      kernel.calls().close(file);
    }
  }

  @Override
  public KernelSocket accept() {
    int answer;
    do {
      answer = kernel.accept(fd);
    } while (answer == -Errno.ECONNABORTED || answer == -Errno.EINTR);
    if (answer == -Errno.EAGAIN) {
      return null;
    }
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "accept");
    }
    return kernel.socket(answer, kind, true);
  }

  @Override
  public boolean acceptApart(Accepted outcome) {
    if (acceptor == null) {
      acceptor = kernel.acceptor(fd);
    }
    return acceptor.accept(
        answer -> {
          boolean isConnection = answer >= 0;
          boolean isNone = answer == -Errno.EAGAIN;
          outcome.done(
              isConnection ? kernel.socket(answer, kind, true) : null,
              isConnection || isNone ? null : notAccepted(answer));
        });
  }

  private static RefusedException notAccepted(int answer) {
    return answer == Acceptor.NO_THREAD
        ? ThreadStart.refusal("accept from a listener whose raw fd was exported")
        : RefusedException.ofCall(answer, "accept");
  }

  @Override
  public int fd() {
    shared = true;
    return fd;
  }

  @Override
  public void nonBlocking(boolean on) {
    int flags = kernel.calls().fcntl(fd, F_GETFL, 0);
    int wanted = on ? flags | Linux.SOCK_NONBLOCK : flags & ~Linux.SOCK_NONBLOCK;
    int answer = flags < 0 ? flags : kernel.calls().fcntl(fd, F_SETFL, wanted);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "set the blocking mode of the kernel's socket");
    }
  }

  @Override
  public int receive(ByteBuf into, int length, boolean peek, Arrival arrival) {
    arrival.clear();
    int flags = Linux.MSG_DONTWAIT | (peek ? Linux.MSG_PEEK : 0);
    long memory = length == 0 ? 0 : into.memoryAddress() + into.writerIndex();
    int count = receiveOnce(memory, length, flags, arrival);
    if (count <= 0 && kind.isStream() && kernel.notesCalls()) {
      count = bytesFirst(count, memory, length, flags, arrival);
    }
    if (count > 0) {
      into.writerIndex(into.writerIndex() + count);
    }
    return count;
  }

  private int receiveOnce(long memory, int length, int flags, Arrival arrival) {
    return kernel
        .receiver()
        .receive(fd, kind.family(), kind.type(), memory, length, flags, arrival);
  }

  /**
   * A call that is noted is recvmmsg(2). It reports a pending error of the socket even if there are
   * bytes before it, and takes the error. recv(2) reports the bytes first, and so does this.
   */
  private int bytesFirst(int count, long memory, int length, int flags, Arrival arrival) {
    if (earlyError == 0 && count < 0 && count != -Errno.EAGAIN) {
      earlyError = -count;
      int before = receiveOnce(memory, length, flags, arrival);
      if (before > 0) {
        return before;
      }
    }
    if (earlyError == 0) {
      return count;
    }
    return -((flags & Linux.MSG_PEEK) != 0 ? earlyError : takeEarlyError());
  }

  private int takeEarlyError() {
    int error = earlyError;
    earlyError = 0;
    return error;
  }

  @Override
  public int receiveUrgent(ByteBuf into, boolean peek) {
    if (!kind.isStream()) {
      // The kernel would return the datagram (rule 47).
      return -Errno.EOPNOTSUPP;
    }
    int flags = Linux.MSG_OOB | Linux.MSG_DONTWAIT | (peek ? Linux.MSG_PEEK : 0);
    int count =
        kernel.receiver().receiveUrgent(fd, into.memoryAddress() + into.writerIndex(), flags);
    if (count == 0 || count == -Errno.EAGAIN) {
      // The byte of the mark has not arrived, or never will. There is no urgent byte to receive
      // now.
      return -Errno.EINVAL;
    }
    if (count > 0) {
      into.writerIndex(into.writerIndex() + count);
    }
    return count;
  }

  @Override
  public int peek() {
    long memory = kernel.values().value().address();
    int count = (int) kernel.calls().recv(fd, memory, 1, Linux.MSG_PEEK | Linux.MSG_DONTWAIT);
    return count == 0 && !kind.isStream() ? 1 : count;
  }

  @Override
  public int send(ByteBuf from, Address to, boolean urgent) {
    int flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL | (urgent ? Linux.MSG_OOB : 0);
    int count = needsPort() ? takePort(() -> send(from, flags, to)) : send(from, flags, to);
    if (count > 0) {
      from.skipBytes(count);
    }
    return count;
  }

  private int send(ByteBuf from, int flags, Address to) {
    if (to == null) {
      return send(from, flags, 0, 0);
    }
    return toAddress(to, (memory, length) -> send(from, flags, memory, length));
  }

  private int send(ByteBuf from, int flags, long toMemory, int toLength) {
    int length = from.readableBytes();
    long memory = length == 0 ? 0 : from.memoryAddress() + from.readerIndex();
    return kernel.sender().send(fd, memory, length, flags, toMemory, toLength);
  }

  @Override
  public int send(SendQueue from) {
    int count = kernel.sender().send(fd, from, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL);
    if (count > 0) {
      from.skip(count);
    }
    return count;
  }

  @Override
  public void shutdown(Direction how) {
    int number =
        switch (how) {
          case RECEIVE -> SHUT_RD;
          case SEND -> SHUT_WR;
          case BOTH -> SHUT_RDWR;
        };
    int answer = kernel.calls().shutdown(fd, number);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "shutdown " + how);
    }
  }

  @Override
  public int takeError() {
    return earlyError != 0
        ? takeEarlyError()
        : kernel.values().getInt(fd, Linux.SOL_SOCKET, Linux.SO_ERROR);
  }

  @Override
  public boolean peerEnded() {
    if (!kind.isTcp() || !connected) {
      return false;
    }
    return switch (tcpState()) {
      case TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_CLOSING -> true;
      // Both sides have ended (the kernel keeps TIME_WAIT outside the socket), or an error has
      // ended the connection.
      case TCP_CLOSE -> hadFin();
      default -> false;
    };
  }

  /** Whether a FIN was received: TCP_INQ counts it as one additional byte. */
  private boolean hadFin() {
    if ((poll() & ERR) != 0) {
      // A receive would consume the pending error.
      return false;
    }
    ValueCalls values = kernel.values();
    int former = values.getInt(fd, Linux.SOL_TCP, Linux.TCP_INQ);
    values.setInt(fd, Linux.SOL_TCP, Linux.TCP_INQ, 1);
    int count = kernel.receiver().peekQueueLength(fd);
    values.setInt(fd, Linux.SOL_TCP, Linux.TCP_INQ, former);
    return count > (isAtMark() ? 1 : 0);
  }

  private int tcpState() {
    int answer = kernel.values().getOption(fd, Linux.SOL_TCP, Linux.TCP_INFO, TCP_INFO_UNACKED + 4);
    return answer < 0 ? 0 : kernel.values().value().get(JAVA_BYTE, 0);
  }

  @Override
  public boolean isAtMark() {
    return kernel.values().queueLength(fd, SIOCATMARK) != 0;
  }

  @Override
  public boolean urgentInline() {
    return kernel.values().getInt(fd, Linux.SOL_SOCKET, Linux.SO_OOBINLINE) != 0;
  }

  @Override
  public long receiveLowWaterMark() {
    if (lowWaterMark == 0 || shared) {
      lowWaterMark = kernel.values().getInt(fd, Linux.SOL_SOCKET, Linux.SO_RCVLOWAT);
    }
    return lowWaterMark;
  }

  @Override
  public long receiveTimeoutMillis() {
    if (receiveTimeout == null || shared) {
      receiveTimeout = kernel.options().timeoutMillis(fd, Linux.SO_RCVTIMEO);
    }
    return receiveTimeout;
  }

  @Override
  public long sendTimeoutMillis() {
    if (sendTimeout == null || shared) {
      sendTimeout = kernel.options().timeoutMillis(fd, Linux.SO_SNDTIMEO);
    }
    return sendTimeout;
  }

  @Override
  public Address localAddress() {
    SocketAddresses addresses = kernel.addresses();
    int answer = kernel.calls().getsockname(fd, addresses.memory(), addresses.lengthMemory());
    if (answer < 0) {
      return null;
    }
    Address address = addresses.read();
    boolean bound = kind.isInet() ? address.port() != 0 : !address.path().isEmpty();
    return bound ? address : null;
  }

  @Override
  public Address peerAddress() {
    SocketAddresses addresses = kernel.addresses();
    int answer = kernel.calls().getpeername(fd, addresses.memory(), addresses.lengthMemory());
    return answer < 0 ? null : addresses.read();
  }

  @Override
  public Object getOption(String name) {
    return kernel.options().get(fd, kind, name);
  }

  @Override
  public Object setOption(String name, Object value) {
    forgetOptions();
    return kernel.options().set(fd, kind, name, value);
  }

  @Override
  public String getOption(int level, int number, int length) {
    return kernel.rawOptions().get(fd, level, number, length);
  }

  @Override
  public String setOption(int level, int number, String hex) {
    forgetOptions();
    return kernel.rawOptions().set(fd, level, number, hex);
  }

  private void forgetOptions() {
    receiveTimeout = null;
    sendTimeout = null;
    lowWaterMark = 0;
  }

  @Override
  public Map<String, Object> options() {
    return kernel.options().all(fd, kind);
  }

  @Override
  public long queuedIn() {
    if (kind.isTcp() && tcpState() == TCP_LISTEN) {
      return kernel.values().value().get(JAVA_INT, TCP_INFO_UNACKED);
    }
    return kernel.values().queueLength(fd, FIONREAD);
  }

  @Override
  public long queuedOut() {
    return kernel.values().queueLength(fd, Linux.TIOCOUTQ);
  }

  /**
   * Closes without blocking. A close with unsent data and a linger time would block for that time,
   * even on a non-blocking socket (rule 16).
   */
  @Override
  public void close() {
    if (readiness.isClosed()) {
      // The number may already belong to another socket.
      return;
    }
    kernel.options().turnLingerTimeOff(fd);
    if (acceptor != null) {
      acceptor.close();
    }
    readiness.close(this::removePath);
  }

  private void removePath() {
    if (boundPath != null) {
      boundPath.remove();
      boundPath = null;
    }
  }

  @Override
  public void settle(ByteBuf buffer, int index) {
    if (kernel.kept() != null) {
      kernel.kept().calls().settle(fd, buffer.memoryAddress() + index);
    }
  }
}
