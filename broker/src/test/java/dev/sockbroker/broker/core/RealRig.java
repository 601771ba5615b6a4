package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.os.EpollKernel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The core on Linux's own sockets, over loopback. There what one side does has mostly reached the
 * other when the system call returns, so a few rounds of the loop, each of which asks epoll, settle
 * it.
 */
final class RealRig implements ModelRig {
  private static final int ROUNDS = 4;
  private static final long AWAIT_NANOS = 500_000_000;
  private static final int DEADLINE_SECONDS = 30;

  private final IoEventLoop loop;
  private final EpollKernel kernel;
  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private final Conductor conductor;

  /**
   * @param kernel on that loop; a loop serves one rig after the other
   */
  RealRig(IoEventLoop loop, EpollKernel kernel) {
    this.loop = loop;
    this.kernel = kernel;
    Timers timers = new Timers(System::nanoTime, at -> {});
    conductor =
        new Conductor(
            new Environment(
                kernel,
                timers,
                loop,
                loop::inEventLoop,
                buffers,
                InstantSource.system(),
                Limits.DEFAULT,
                TestBroker.OWN_UID,
                "test"));
  }

  @Override
  public Conductor conductor() {
    return conductor;
  }

  @Override
  public Kernel kernel() {
    return kernel;
  }

  @Override
  public ByteBuf buffer(int capacity) {
    return buffers.directBuffer(Math.max(1, capacity));
  }

  @Override
  public void run(Runnable step) {
    try {
      loop.submit(step).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void settle() {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    loop.execute(() -> round(ROUNDS, settled));
    settled.orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }

  /** What the loop schedules for itself comes after it has asked epoll again, a task may not. */
  private void round(int left, CompletableFuture<Void> settled) {
    if (left == 0) {
      settled.complete(null);
    } else {
      loop.schedule(() -> round(left - 1, settled), 1, TimeUnit.NANOSECONDS);
    }
  }

  /** A busy machine may take its time; acknowledged bytes and ends have arrived. */
  @Override
  public void arrive(KernelSocket from) {
    boolean[] arrived = new boolean[1];
    await(
        () -> {
          run(() -> arrived[0] = from.queuedOut() <= 0);
          return arrived[0];
        });
    settle();
  }

  @Override
  public void await(BooleanSupplier expected) {
    long end = System.nanoTime() + AWAIT_NANOS;
    while (!expected.getAsBoolean() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(100_000);
      settle();
    }
  }

  @Override
  public void pass(long millis) {
    throw new UnsupportedOperationException("time is the machine's");
  }

  @Override
  public boolean isSimulated() {
    return false;
  }

  @Override
  public void reset(KernelSocket peer) {
    peer.setOption("SO_LINGER", Map.of("on", true, "seconds", 0L));
    peer.close();
  }

  @Override
  public String leftovers() {
    long bytes = buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory();
    return bytes == 0 ? "" : bytes + " bytes of buffers";
  }
}
