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
 * The edge-triggered epoll registration of one descriptor, which it owns. It lasts as long as the
 * descriptor. Loop thread only.
 *
 * <p>The descriptor is added to the epoll instance by the first {@link #arm}, because epoll would
 * report a useless HUP for an unconnected socket.
 */
final class Readiness implements EpollIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  /** Kinds that epoll always reports (epoll_ctl(2)). */
  private static final int ALWAYS = 0x8 | 0x10;

  private static final int EDGE_TRIGGERED = 1 << 31;

  /** IN, PRI, OUT, ERR and HUP, which are adjacent bits. RDHUP is a higher bit. */
  private static final int LOW_KINDS = 0x1f;

  private static final int RDHUP_SHIFT = 8;
  private static final EpollIoOps[] OPS = allOps();

  private final IoEventLoop loop;
  private final SystemCalls calls;
  private final ValueCalls values;
  private final FileDescriptor descriptor;

  /** Null if nothing outlives the process. */
  private final Kept kept;

  private IntConsumer listener;
  private IoRegistration registration;
  private int armed;
  private boolean missed;
  private boolean closed;

  /** Whether an event was delivered since the descriptor was added. */
  private boolean confirmed;

  /**
   * @param kept which closes the descriptor after its next commit; null to close it at once
   */
  Readiness(IoEventLoop loop, SystemCalls calls, ValueCalls values, Kept kept, int fd) {
    this.kept = kept;
    this.loop = loop;
    this.calls = calls;
    this.values = values;
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
   * Selects the kinds to report. The same mask again costs nothing, because unreported edges are
   * still delivered. A new mask is passed to the kernel, which immediately reports what already
   * holds.
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
    // The set is never empty: Netty would remove the descriptor and fail to add it again.
    registration.submit(ops(mask));
  }

  /** Returns a cached object, because the mask may change with every message. */
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

  /** Never throws, because an exception here would stop the loop for a second. */
  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    // The mask may have been narrowed since the kernel filled this batch of events.
    int ready = ((EpollIoEvent) event).ops().value() & (armed | ALWAYS);
    if (!confirmed) {
      // A descriptor that was added in this batch may get the event of one that was closed in this
      // batch and had the same number. Only its first event can be such a one.
      confirmed = true;
      ready &= values.poll(descriptor.intValue(), ready);
    }
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
   * Removes the descriptor from the epoll instance and then closes it. If a descriptor is closed
   * first and somebody holds a duplicate, its entry can never be removed and wakes the loop
   * forever. Also called when the loop ends.
   */
  @Override
  public void close() {
    close(() -> {});
  }

  /**
   * Likewise.
   *
   * @param before runs before the descriptor is closed
   */
  void close(Runnable before) {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    if (kept == null) {
      before.run();
      calls.close(descriptor.intValue());
    } else {
      kept.closeLater(
          () -> {
            before.run();
            calls.close(descriptor.intValue());
          });
    }
  }
}
