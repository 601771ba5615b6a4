package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.kernel.SendQueue;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * The common parts of all simulated sockets: edge-triggered readiness, options, an address, the
 * pending error.
 */
abstract class SimulatedSocket implements KernelSocket {
  @Override
  public void settle(ByteBuf buffer, int index) {}

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          "SO_OOBINLINE",
          false,
          "SO_RCVLOWAT",
          1L,
          "SO_RCVTIMEO",
          0L,
          "SO_SNDTIMEO",
          0L,
          "SO_LINGER",
          -1L,
          "SO_KEEPALIVE",
          false,
          "SO_REUSEPORT",
          false,
          "SO_RCVBUF",
          2304L,
          "SO_SNDBUF",
          4608L);

  final SimulatedKernel kernel;
  private final long inode;
  private final SocketType type;
  private Map<String, Object> options = DEFAULTS;
  private IntConsumer listener;
  private int armed;
  private boolean registered;
  private boolean woken;
  int localPort;
  int peerPort;
  int pendingError;
  boolean closed;

  /** The number of shutdown(2) calls, which affect every holder of the raw fd. */
  int shutdowns;

  SimulatedSocket(SimulatedKernel kernel, SocketType type) {
    this.kernel = kernel;
    this.type = type;
    inode = kernel.opened(this);
  }

  @Override
  public SavedKernelSocket save() {
    return new SavedKernelSocket(new Fd(fd()), family(), type, 0, false, null, false, false, null);
  }

  /** Another broker takes it over, whose epoll instance does not know it yet. */
  final void adopt() {
    armed = 0;
    registered = false;
    woken = false;
  }

  @Override
  public Family family() {
    return Family.INET;
  }

  @Override
  public SocketType type() {
    return type;
  }

  @Override
  public long inode() {
    return inode;
  }

  @Override
  public void onReady(IntConsumer newListener) {
    listener = newListener;
  }

  @Override
  public void arm(int mask) {
    if (closed || mask == armed) {
      return;
    }
    armed = mask;
    registered = true;
    if ((poll() & (armed | ERR | HUP)) != 0) {
      pend();
    }
  }

  /**
   * The kernel wakes the waiters for this key.
   *
   * @param key the kinds of readiness, 0 for a change of state, which wakes everybody
   */
  final void wake(int key) {
    if (registered && !closed && (key == 0 || (key & (armed | ERR | HUP)) != 0)) {
      pend();
    }
  }

  private void pend() {
    if (!woken) {
      woken = true;
      kernel.woke(this);
    }
  }

  final void tell() {
    woken = false;
    int mask = poll() & (armed | ERR | HUP);
    if (mask != 0) {
      listener.accept(mask);
    }
  }

  /** The kernel's O_NONBLOCK. */
  boolean nonBlocking = true;

  @Override
  public boolean acceptApart(Accepted outcome) {
    return kernel.acceptApart(this, outcome);
  }

  /** A number that identifies this socket. */
  @Override
  public int fd() {
    return (int) (1000 + inode);
  }

  @Override
  public void nonBlocking(boolean on) {
    nonBlocking = on;
  }

  @Override
  public int takeError() {
    int error = pendingError;
    pendingError = 0;
    return error;
  }

  @Override
  public boolean urgentInline() {
    return (Boolean) options.get("SO_OOBINLINE");
  }

  @Override
  public long receiveTimeoutMillis() {
    return (Long) options.get("SO_RCVTIMEO");
  }

  @Override
  public long sendTimeoutMillis() {
    return (Long) options.get("SO_SNDTIMEO");
  }

  @Override
  public long receiveLowWaterMark() {
    return lowWater();
  }

  final int lowWater() {
    return ((Long) options.get("SO_RCVLOWAT")).intValue();
  }

  /** Seconds, -1 for none. */
  final long linger() {
    return (Long) options.get("SO_LINGER");
  }

  @Override
  public Address localAddress() {
    return localPort == 0 ? null : Address.inet(SimulatedKernel.HOST, localPort);
  }

  @Override
  public Address peerAddress() {
    return peerPort == 0 ? null : Address.inet(SimulatedKernel.HOST, peerPort);
  }

  @Override
  public Object getOption(String name) {
    Object value = options.get(name);
    if (value == null) {
      throw new RefusedException(Errno.ENOPROTOOPT, "no option " + name);
    }
    return value;
  }

  @Override
  public Object setOption(String name, Object value) {
    Object former = getOption(name);
    if (!former.getClass().isInstance(value)) {
      throw new RefusedException(Errno.EINVAL, "no value of " + name);
    }
    options = new TreeMap<>(options);
    options.put(name, name.equals("SO_RCVBUF") ? Math.max(2304L, 2 * (Long) value) : value);
    optionChanged(name);
    return options.get(name);
  }

  void optionChanged(String name) {}

  @Override
  public String getOption(int level, int number, int length) {
    throw new RefusedException(Errno.ENOPROTOOPT, "no option by number");
  }

  @Override
  public String setOption(int level, int number, String hex) {
    throw new RefusedException(Errno.ENOPROTOOPT, "no option by number");
  }

  @Override
  public Map<String, Object> options() {
    return new TreeMap<>(options);
  }

  @Override
  public int send(SendQueue from) {
    int count = send(from.get(0).duplicate(), null, false);
    if (count > 0) {
      from.skip(count);
    }
    return count;
  }

  @Override
  public int receiveUrgent(ByteBuf into, boolean peek) {
    return -Errno.EOPNOTSUPP;
  }

  @Override
  public boolean isAtMark() {
    return false;
  }

  @Override
  public boolean peerEnded() {
    return false;
  }

  @Override
  public long queuedOut() {
    return 0;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kernel.closed(this);
    }
  }
}
