package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One descriptor's place in the loop's epoll, edge-triggered, for the descriptor's life; it owns
 * the descriptor. Loop thread only.
 *
 * <p>It comes into the epoll with the first {@link #arm}, because an unconnected socket there is
 * told of its HUP for nothing.
 */
final class Readiness implements EpollIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  /** Reported whether asked for or not (epoll_ctl(2)). */
  private static final int ALWAYS = 0x8 | 0x10;

  private static final int EDGE_TRIGGERED = 1 << 31;

  /** IN, PRI, OUT, ERR, HUP; RDHUP is far from them. */
  private static final int LOW_KINDS = 0x1f;

  private static final int RDHUP_SHIFT = 8;
  private static final EpollIoOps[] OPS = allOps();

  private final IoEventLoop loop;
  private final SystemCalls calls;
  private final FileDescriptor descriptor;
  private IntConsumer listener;
  private IoRegistration registration;
  private int armed;
  private boolean missed;
  private boolean closed;

  Readiness(IoEventLoop loop, SystemCalls calls, int fd) {
    this.loop = loop;
    this.calls = calls;
    this.descriptor = new FileDescriptor(fd);
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  void listener(IntConsumer listener) {
    this.listener = listener;
  }

  /**
   * Asking for the same again costs nothing: in edge mode what was not yet told still comes.
   * Anything else goes to the kernel, which then tells at once what holds.
   */
  void arm(int mask) {
    if (closed || mask == armed && !missed) {
      return;
    }
    if (registration == null) {
      registration = register();
    }
    armed = mask;
    missed = false;
    // Never an empty set: Netty would take the descriptor out and fail to put it back.
    registration.submit(ops(mask));
  }

  /** Made beforehand: what is waited for may change with every message. */
  private static EpollIoOps ops(int mask) {
    return OPS[mask & LOW_KINDS | (mask & KernelSocket.RDHUP) >> RDHUP_SHIFT];
  }

  private static EpollIoOps[] allOps() {
    EpollIoOps[] all = new EpollIoOps[2 * LOW_KINDS + 2];
    for (int i = 0; i < all.length; i++) {
      int mask = i & LOW_KINDS | i << RDHUP_SHIFT & KernelSocket.RDHUP;
      all[i] = EpollIoOps.valueOf(mask | EDGE_TRIGGERED);
    }
    return all;
  }

  private IoRegistration register() {
    Future<IoRegistration> future = loop.register(this);
    if (!future.isSuccess()) {
      throw new IllegalStateException("not on the loop's thread, or it ends", future.cause());
    }
    return future.getNow();
  }

  /** Whatever is thrown out of here stops the loop for a second, so nothing is. */
  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    // The mask may have become narrower since the kernel filled this batch of events.
    int ready = ((EpollIoEvent) event).ops().value() & (armed | ALWAYS);
    if (ready == 0) {
      return;
    }
    if (listener == null) {
      missed = true;
      return;
    }
    try {
      listener.accept(ready);
    } catch (Throwable e) {
      LOG.error("the listener of descriptor {} failed at {}", descriptor.intValue(), ready, e);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Out of the epoll first, then closed: an entry whose descriptor was closed while someone else
   * holds a duplicate can never be removed, and spins for ever. The end of the loop calls it too.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    calls.close(descriptor.intValue());
  }
}
