package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A simulated kernel: TCP and UDP over one loopback address, with queues that are small enough to
 * fill. Readiness is edge-triggered, and is reported only when the test calls {@link
 * #tellReadiness}.
 */
final class SimulatedKernel implements Kernel {
  static final String HOST = "127.0.0.1";

  /** A host where nobody listens. */
  static final String EMPTY_HOST = "127.0.0.8";

  /** A host that never answers. */
  static final String SILENT_HOST = "127.0.0.9";

  final Map<Integer, SimulatedTcp> tcp = new HashMap<>();
  final Map<Integer, SimulatedUdp> udp = new HashMap<>();

  /** Open sockets by their fds. */
  private final Map<Integer, SimulatedSocket> sockets = new HashMap<>();

  private final Map<Integer, SimulatedMemory> memories = new HashMap<>();
  private final ArrayDeque<SimulatedSocket> woken = new ArrayDeque<>();
  private final Set<Integer> processes = new HashSet<>();
  private final Set<Watch> watches = new HashSet<>();
  private final ArrayDeque<Runnable> acceptors = new ArrayDeque<>();
  private final ArrayDeque<LookedUp> lookups = new ArrayDeque<>();
  private boolean acceptorsHang;
  private boolean acceptorsStopped;
  private RefusedException acceptorRefusal;
  private SimulatedUdp lastUdp;
  private SimulatedMemory lastMemory;
  private int lastMemoryFd = 99;
  private int lastWatchFd = 500_000;
  private int lastPort = 40_000;
  private int openSockets;
  private long lastInode;

  @Override
  public SimulatedSocket open(Family family, SocketType type, int protocol) {
    if (type == SocketType.STREAM) {
      return new SimulatedTcp(this);
    }
    lastUdp = new SimulatedUdp(this, family);
    return lastUdp;
  }

  /** Two sockets that are connected to each other. */
  SimulatedTcp[] pair() {
    SimulatedTcp listener = new SimulatedTcp(this);
    listener.listen(1);
    SimulatedTcp client = new SimulatedTcp(this);
    client.connect(listener.localAddress());
    SimulatedTcp server = listener.accept();
    client.finishConnect();
    listener.close();
    return new SimulatedTcp[] {server, client};
  }

  @Override
  public SimulatedMemory share(long length, Runnable onDoorbell) {
    lastMemory = new SimulatedMemory((int) length, lastMemoryFd += 2, onDoorbell);
    memories.put(lastMemory.fds()[0], lastMemory);
    return lastMemory;
  }

  @Override
  public SimulatedMemory adopt(Fd memory, Fd doorbell, long length, Runnable onDoorbell) {
    SimulatedMemory adopted = memories.get(memory.number());
    adopted.adopt(onDoorbell);
    return adopted;
  }

  @Override
  public SimulatedSocket adopt(SavedKernelSocket saved) {
    SimulatedSocket adopted = sockets.get(saved.fd().number());
    woken.remove(adopted);
    adopted.adopt();
    return adopted;
  }

  @Override
  public WatchedProcess adopt(SavedProcess saved, Runnable onExit) {
    Watch former =
        watches.stream().filter(it -> it.fd() == saved.pidfd().number()).findFirst().orElseThrow();
    former.close();
    Watch watch = new Watch(saved.pid(), onExit);
    watch.alive = former.alive;
    return watch;
  }

  /** The memory that was shared last. */
  SimulatedMemory lastMemory() {
    return lastMemory;
  }

  @Override
  public int pass(int connection, long requestId, int fd) {
    throw new AssertionError("fds are passed by sessions, and these have none");
  }

  @Override
  public boolean isTaken(int connection) {
    throw new AssertionError("fds are passed by sessions, and these have none");
  }

  @Override
  public void followLinks(boolean on) {
    // It has no links.
  }

  @Override
  public Peer peer(int connection, int pid) {
    throw new AssertionError("sessions know who they are");
  }

  /** A lookup waits until the test answers it. */
  @Override
  public void lookUp(String host, LookedUp outcome) {
    lookups.add(outcome);
  }

  /** Nobody waits for lookups any more, because the process has ended. */
  void forgetLookups() {
    lookups.clear();
  }

  /** How many lookups wait. */
  int lookups() {
    return lookups.size();
  }

  /** The first lookup that waits has found these addresses; none means that there is no host. */
  void answerLookup(String... addresses) {
    LookedUp first = lookups.poll();
    if (addresses.length == 0) {
      first.done(null, new RefusedException(Errno.ENOENT, "no such host"));
    } else {
      first.done(List.of(addresses), null);
    }
  }

  @Override
  public int duplicate(int fd) {
    throw new AssertionError("fds are passed by sessions, and these have none");
  }

  @Override
  public void close(int fd) {
    throw new AssertionError("fds are passed by sessions, and these have none");
  }

  /** A thread accepts when it is run. */
  boolean acceptApart(SimulatedSocket listener, KernelSocket.Accepted outcome) {
    if (acceptorsStopped) {
      return false;
    }
    if (acceptorRefusal != null) {
      throw acceptorRefusal;
    }
    acceptors.add(
        () -> {
          if (listener.closed) {
            outcome.done(null, null);
            return;
          }
          KernelSocket taken = null;
          RefusedException refusal = null;
          try {
            taken = listener.accept();
          } catch (RefusedException e) {
            refusal = e;
          }
          outcome.done(taken, refusal);
        });
    return true;
  }

  /** From now on no accepting thread starts, as in an upgrade, or starts again. */
  void stopAcceptors(boolean on) {
    acceptorsStopped = on;
  }

  /** From now on no thread can start to accept; null allows it again. */
  void refuseAcceptors(RefusedException why) {
    acceptorRefusal = why;
  }

  /** From now on accepting threads do not return, or return again. */
  void hangAcceptors(boolean on) {
    acceptorsHang = on;
  }

  /** Runs one accepting thread. Returns false if no thread waits. */
  boolean runAcceptor() {
    if (acceptorsHang || acceptors.isEmpty()) {
      return false;
    }
    acceptors.poll().run();
    return true;
  }

  int acceptors() {
    return acceptors.size();
  }

  /** The datagram socket that was opened last. */
  SimulatedUdp lastUdp() {
    return lastUdp;
  }

  SimulatedTcp tcp() {
    return new SimulatedTcp(this);
  }

  SimulatedUdp udp() {
    return new SimulatedUdp(this, Family.INET);
  }

  int freePort() {
    return ++lastPort;
  }

  long opened(SimulatedSocket socket) {
    openSockets++;
    sockets.put((int) (1000 + ++lastInode), socket);
    return lastInode;
  }

  void closed(SimulatedSocket socket) {
    openSockets--;
    sockets.remove(socket.fd());
    woken.remove(socket);
  }

  /** The number of sockets that were opened or accepted and not closed. */
  int openSockets() {
    return openSockets;
  }

  void woke(SimulatedSocket socket) {
    woken.add(socket);
  }

  /** Reports the readiness of one socket. Returns false if no socket was woken. */
  boolean tellReadiness() {
    SimulatedSocket socket = woken.poll();
    if (socket != null) {
      socket.tell();
    }
    return socket != null;
  }

  void startProcess(int pid) {
    processes.add(pid);
  }

  /** The process ends, and nobody has been told yet. */
  void endProcessUnheard(int pid) {
    processes.remove(pid);
    for (Watch watch : watches) {
      watch.alive &= watch.pid != pid;
    }
  }

  /** The process ends, and its watchers are told. */
  void endProcess(int pid) {
    processes.remove(pid);
    for (Watch watch : Set.copyOf(watches)) {
      if (watch.pid == pid && watch.alive) {
        watch.alive = false;
        watch.onExit.run();
      }
    }
  }

  int watches() {
    return watches.size();
  }

  @Override
  public WatchedProcess watch(int pid, Runnable onExit) {
    if (!processes.contains(pid)) {
      throw new RefusedException(Errno.EINVAL, "no running process " + pid);
    }
    return new Watch(pid, onExit);
  }

  private final class Watch implements WatchedProcess {
    private final int pid;
    private final Runnable onExit;
    private final int fd = ++lastWatchFd;
    private boolean alive = true;

    Watch(int pid, Runnable onExit) {
      this.pid = pid;
      this.onExit = onExit;
      watches.add(this);
    }

    @Override
    public int pid() {
      return pid;
    }

    @Override
    public int fd() {
      return fd;
    }

    @Override
    public boolean isAlive() {
      return alive;
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }
}
