package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * A UDP socket. A datagram to an unused port comes back as ECONNREFUSED if the socket is connected.
 */
final class SimulatedUdp extends SimulatedSocket {
  private static final int QUEUE_MAX = 16;

  private record Datagram(byte[] bytes, Address from) {}

  private final Family family;
  private final ArrayDeque<Datagram> queue = new ArrayDeque<>();
  private boolean receiveShut;
  private boolean sendShut;

  /**
   * The receiver of a Unix datagram socket is full: no send succeeds, but poll reports writable.
   */
  boolean receiverFull;

  SimulatedUdp(SimulatedKernel kernel, Family family) {
    super(kernel, SocketType.DGRAM);
    this.family = family;
  }

  @Override
  public Family family() {
    return family;
  }

  @Override
  public int protocol() {
    return 17;
  }

  @Override
  public int poll() {
    int mask = OUT;
    if (!queue.isEmpty()) {
      mask |= IN;
    }
    if (receiveShut) {
      mask |= IN | RDHUP;
    }
    if (receiveShut && sendShut) {
      mask |= HUP;
    }
    return pendingError == 0 ? mask : mask | ERR;
  }

  @Override
  public void bind(Address address) {
    if (localPort != 0) {
      throw new RefusedException(Errno.EINVAL, "is bound");
    }
    int port = address.port() == 0 ? kernel.freePort() : address.port();
    if (kernel.udp.putIfAbsent(port, this) != null) {
      throw new RefusedException(Errno.EADDRINUSE, "port " + port + " is taken");
    }
    localPort = port;
  }

  private void bindIfNeeded() {
    if (localPort == 0) {
      bind(Address.inet(SimulatedKernel.HOST, 0));
    }
  }

  @Override
  public void listen(int backlog) {
    throw new RefusedException(Errno.EOPNOTSUPP, "a datagram socket");
  }

  @Override
  public int connect(Address address) {
    bindIfNeeded();
    peerPort = address.port();
    return 0;
  }

  @Override
  public void abandonConnect() {
    throw new AssertionError("a datagram socket connects at once");
  }

  @Override
  public int finishConnect() {
    return -Errno.EISCONN;
  }

  @Override
  public KernelSocket accept() {
    throw new RefusedException(Errno.EOPNOTSUPP, "a datagram socket");
  }

  @Override
  public int receive(ByteBuf into, int length, boolean peek, Arrival arrival) {
    arrival.clear();
    if (pendingError != 0) {
      return -takeError();
    }
    Datagram first = peek ? queue.peek() : queue.poll();
    if (first == null) {
      return -Errno.EAGAIN;
    }
    arrival.from = first.from;
    arrival.size = first.bytes.length;
    int count = Math.min(length, first.bytes.length);
    into.writeBytes(first.bytes, 0, count);
    return count;
  }

  @Override
  public int peek() {
    if (pendingError != 0) {
      return -takeError();
    }
    return queue.isEmpty() ? -Errno.EAGAIN : 1;
  }

  @Override
  public int send(ByteBuf from, Address to, boolean urgent) {
    if (pendingError != 0) {
      return -takeError();
    } else if (sendShut) {
      return -Errno.EPIPE;
    } else if (to == null && peerPort == 0) {
      return -Errno.EDESTADDRREQ;
    } else if (receiverFull) {
      return -Errno.EAGAIN;
    }
    bindIfNeeded();
    byte[] bytes = new byte[from.readableBytes()];
    from.readBytes(bytes);
    SimulatedUdp target = kernel.udp.get(to == null ? peerPort : to.port());
    if (target != null && (target.peerPort == 0 || target.peerPort == localPort)) {
      target.arrived(new Datagram(bytes, localAddress()));
    } else if (peerPort != 0 && target == null) {
      pendingError = Errno.ECONNREFUSED;
      wake(ERR);
    }
    return bytes.length;
  }

  private void arrived(Datagram datagram) {
    if (queue.size() < QUEUE_MAX) {
      queue.add(datagram);
      wake(IN);
    }
  }

  @Override
  public void shutdown(Direction how) {
    shutdowns++;
    if (peerPort == 0) {
      throw new RefusedException(Errno.ENOTCONN, "is not connected");
    }
    receiveShut |= how != Direction.SEND;
    sendShut |= how != Direction.RECEIVE;
    wake(0);
  }

  @Override
  public long queuedIn() {
    return queue.isEmpty() ? 0 : queue.peek().bytes.length;
  }

  @Override
  public void close() {
    super.close();
    kernel.udp.remove(localPort, this);
  }
}
