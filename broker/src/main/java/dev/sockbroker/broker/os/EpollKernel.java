package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Implements {@link Kernel} on one epoll event loop of Netty. It owns the memory that all its
 * sockets share, so it and its sockets are for the loop thread only.
 */
public final class EpollKernel implements Kernel {
  private static final SocketKind UNIX_STREAM = new SocketKind(Family.UNIX, SocketType.STREAM, 0);

  private final IoEventLoop loop;
  private final SystemCalls calls = new SystemCalls();
  private final FileCalls files = new FileCalls();
  private final UnixPaths paths = new UnixPaths(files, calls);
  private final ValueCalls values = new ValueCalls(calls);
  private final NetworkInterfaces interfaces = new NetworkInterfaces(calls);
  private final SocketAddresses addresses = new SocketAddresses(interfaces);
  private final MessageReceiver receiver;
  private final MessageSender sender;
  private final Kept kept;
  private final SocketOptions options = new SocketOptions(values, interfaces);
  private final FdSender fdSender;
  private final RawOptions rawOptions = new RawOptions(values);

  private final AcceptThreads acceptThreads = new AcceptThreads();

  /**
   * @param loop a loop that supports epoll handles
   */
  public EpollKernel(IoEventLoop loop) {
    this(loop, null);
  }

  /**
   * @param kept where the system calls are noted; null if nothing outlives the process
   */
  public EpollKernel(IoEventLoop loop, Kept kept) {
    this.loop = loop;
    this.kept = kept;
    CallLog log = kept == null ? null : kept.calls();
    receiver = new MessageReceiver(calls, addresses, log);
    sender = new MessageSender(calls, log);
    fdSender = new FdSender(calls, log);
  }

  /**
   * Closes the broker's own address to its clients: they cannot bind there, connect to it or send
   * to it.
   *
   * @param address a path, or @ and an abstract name
   */
  public void keepForBroker(String address) {
    paths.own(OwnPath.of(files, address));
  }

  /**
   * Prevents clients from sending to the service manager as the broker. NOTIFY_SOCKET identifies
   * senders by the credentials that the kernel reports.
   *
   * @param address a path, or @ and an abstract name
   */
  public void keepManagerForBroker(String address) {
    paths.manager(OwnPath.of(files, address));
  }

  @Override
  public KernelSocket open(Family family, SocketType type, int protocol) {
    int flags = Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    int fd = calls.socket(Linux.number(family), Linux.number(type) | flags, protocol);
    if (fd < 0) {
      throw RefusedException.ofCall(
          fd, "socket " + family + " " + type + " of protocol " + protocol);
    }
    int actualProtocol = values.getInt(fd, Linux.SOL_SOCKET, Linux.SO_PROTOCOL);
    return socket(fd, new SocketKind(family, type, actualProtocol), false);
  }

  EpollSocket socket(int fd, SocketKind kind, boolean connected) {
    return new EpollSocket(this, new Readiness(loop, calls, values, kept, fd), kind, connected);
  }

  @Override
  public WatchedProcess watch(int pid, Runnable onExit) {
    int pidfd = pid > 0 ? calls.pidfdOpen(pid) : -Errno.ESRCH;
    if (pidfd == -Errno.EMFILE || pidfd == -Errno.ENFILE || pidfd == -Errno.ENOMEM) {
      throw RefusedException.ofCall(pidfd, "watch process " + pid);
    }
    // Kernel versions report the id of a thread with different errnos.
    if (pidfd < 0) {
      throw notAlive(pid);
    }
    if (values.poll(pidfd, KernelSocket.IN) != 0) {
      calls.close(pidfd);
      throw notAlive(pid);
    }
    return new ProcessWatch(pid, new Readiness(loop, calls, values, kept, pidfd), values, onExit);
  }

  /**
   * Watches the process at the other end of a Unix connection. Uses SO_PEERPIDFD (Linux 6.5), which
   * cannot refer to another process, and the pid on older kernels.
   *
   * @param pid as SO_PEERCRED reports it; 0 for a process of another pid namespace
   * @throws RefusedException EINVAL if the process has already ended, ENOPROTOOPT for pid 0 on an
   *     older kernel
   */
  public WatchedProcess watchPeer(int connection, int pid, Runnable onExit) {
    int answer = values.getOption(connection, Linux.SOL_SOCKET, Linux.SO_PEERPIDFD, Integer.BYTES);
    if (answer == -Errno.ENOPROTOOPT && pid > 0) {
      return watch(pid, onExit);
    } else if (answer < 0) {
      throw RefusedException.ofCall(answer, "watch the process of a client");
    }
    int pidfd = values.value().get(ValueLayout.JAVA_INT, 0);
    // Since Linux 6.16 a process that has ended also has a pidfd.
    if (values.poll(pidfd, KernelSocket.IN) != 0) {
      calls.close(pidfd);
      throw new RefusedException(Errno.EINVAL, "the process that connected has ended");
    }
    return new ProcessWatch(pid, new Readiness(loop, calls, values, kept, pidfd), values, onExit);
  }

  @Override
  public void followLinks(boolean on) {
    files.followLinks(on);
  }

  @Override
  public Peer peer(int connection, int pid) {
    return new Peer(PeerGroups.of(calls, connection), pid > 0 ? cgroup(connection, pid) : "");
  }

  /** Reads by the pid, and then makes sure that it still belonged to the process. */
  private String cgroup(int connection, int pid) {
    int answer = values.getOption(connection, Linux.SOL_SOCKET, Linux.SO_PEERPIDFD, Integer.BYTES);
    int pidfd =
        answer == -Errno.ENOPROTOOPT
            ? calls.pidfdOpen(pid)
            : answer < 0 ? answer : values.value().get(ValueLayout.JAVA_INT, 0);
    if (pidfd < 0) {
      return "";
    }
    try {
      // A user chooses the names of its cgroups, and they can be any bytes.
      String text =
          Files.readString(Path.of("/proc/" + pid + "/cgroup"), StandardCharsets.ISO_8859_1);
      return values.poll(pidfd, KernelSocket.IN) == 0 ? text : "";
    } catch (IOException e) {
      // It has ended, or /proc hides it (hidepid).
      return "";
    } finally {
      calls.close(pidfd);
    }
  }

  /** Takes over a listening Unix socket, of which the broker makes the connections of clients. */
  public KernelSocket takeListener(int fd) {
    return socket(fd, UNIX_STREAM, false);
  }

  /** Takes over a Unix connection. */
  public KernelSocket takeConnection(int fd) {
    return socket(fd, UNIX_STREAM, true);
  }

  /** Returns who is at the other end of a Unix connection. */
  public PeerCredentials credentials(int connection) {
    PeerCredentials peer = PeerCredentials.of(calls, connection);
    if (peer == null) {
      throw new IllegalStateException("the kernel does not say who has connected");
    }
    return peer;
  }

  @Override
  public KernelSocket adopt(SavedKernelSocket saved) {
    SocketKind kind = new SocketKind(saved.family(), saved.type(), saved.protocol());
    EpollSocket socket = socket(saved.fd().number(), kind, saved.connected());
    socket.restore(saved);
    return socket;
  }

  @Override
  public WatchedProcess adopt(SavedProcess saved, Runnable onExit) {
    Readiness readiness = new Readiness(loop, calls, values, kept, saved.pidfd().number());
    return new ProcessWatch(saved.pid(), readiness, values, onExit);
  }

  @Override
  public SharedMemory adopt(Fd memory, Fd doorbell, long length, Runnable onDoorbell) {
    return MemoryFile.adopt(
        loop, calls, values, kept, memory.number(), doorbell.number(), length, onDoorbell);
  }

  @Override
  public SharedMemory share(long length, Runnable onDoorbell) {
    return MemoryFile.create(loop, calls, values, kept, length, onDoorbell);
  }

  @Override
  public int pass(int connection, long requestId, int fd) {
    return fdSender.send(connection, requestId, fd);
  }

  @Override
  public boolean isTaken(int connection) {
    return values.queueLength(connection, Linux.TIOCOUTQ) == 0;
  }

  @Override
  public void lookUp(String host, LookedUp outcome) {
    Resolver.lookUp(host, loop, outcome);
  }

  @Override
  public int duplicate(int fd) {
    int answer = calls.fcntl(fd, Linux.F_DUPFD_CLOEXEC, 0);
    if (answer < 0) {
      throw RefusedException.ofCall(answer, "duplicate a descriptor");
    }
    return answer;
  }

  @Override
  public void close(int fd) {
    calls.close(fd);
  }

  /** accept4(2). Returns the new descriptor or -errno. */
  int accept(int listener) {
    int flags = Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    if (kept == null) {
      return calls.accept4(listener, flags);
    }
    CallLog log = kept.calls();
    log.begin(CallLog.Kind.ACCEPT, listener, 0, 0);
    int answer = calls.accept4(listener, flags);
    if (answer < 0) {
      log.settle();
    } else {
      log.accepted(answer);
    }
    return answer;
  }

  Acceptor acceptor(int listener) {
    return new Acceptor(loop, acceptThreads, this, listener);
  }

  /** The threads that accept outside the loop. */
  public AcceptThreads acceptThreads() {
    return acceptThreads;
  }

  private static RefusedException notAlive(int pid) {
    return new RefusedException(
        Errno.EINVAL,
        "the broker sees no running process with pid "
            + pid
            + "; address clients of another pid namespace by session");
  }

  SystemCalls calls() {
    return calls;
  }

  FileCalls files() {
    return files;
  }

  UnixPaths paths() {
    return paths;
  }

  ValueCalls values() {
    return values;
  }

  SocketAddresses addresses() {
    return addresses;
  }

  /** Whether calls that move something are noted, because the state outlives the process. */
  boolean notesCalls() {
    return kept != null;
  }

  MessageReceiver receiver() {
    return receiver;
  }

  MessageSender sender() {
    return sender;
  }

  /** What outlives the process, or null. */
  public Kept kept() {
    return kept;
  }

  SocketOptions options() {
    return options;
  }

  RawOptions rawOptions() {
    return rawOptions;
  }
}
