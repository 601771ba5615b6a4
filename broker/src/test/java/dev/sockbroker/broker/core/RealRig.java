package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.broker.state.UnreadableStateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * The core on real sockets of Linux over loopback. There, an action of one side has usually reached
 * the other side when the system call returns. So a few rounds of the loop, each with a poll of
 * epoll, are enough to settle.
 */
final class RealRig implements ModelRig {
  private static final int ROUNDS = 4;
  private static final long AWAIT_NANOS = 500_000_000;
  private static final int DEADLINE_SECONDS = 30;

  private final EpollKernel outside;
  private MultiThreadIoEventLoopGroup group;
  private IoEventLoop loop;
  private EpollKernel kernel;
  private UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private Conductor conductor;

  /**
   * @param outside the kernel of the peers, which outlives the rig
   */
  RealRig(EpollKernel outside) {
    this.outside = outside;
    begin();
    conductor = new Conductor(environment());
  }

  /** Begins a loop with its own epoll instance, as a new process would. */
  private void begin() {
    group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    loop = group.next();
    IoEventLoop of = loop;
    kernel = loop.submit(() -> new EpollKernel(of)).syncUninterruptibly().getNow();
  }

  private Environment environment() {
    return new Environment(
        kernel,
        new Timers(System::nanoTime, at -> {}),
        loop,
        loop::inEventLoop,
        buffers,
        new Scratch(new UnpooledByteBufAllocator(false, true)),
        InstantSource.system(),
        new InForce(Terms.of(Limits.DEFAULT)),
        _ -> {},
        () -> 0,
        TestBroker.OWN_UID,
        "test",
        Ledger.NONE);
  }

  /** The former loop closes its own numbers of the files, as a process does that ends. */
  @Override
  public Restoring handOver(LongFunction<SessionProxy> proxies) {
    ByteBuf state = Unpooled.buffer();
    List<Integer> fds = new ArrayList<>();
    List<Integer> former = new ArrayList<>();
    run(
        () -> {
          SavedBroker saved = conductor.save(new Saving());
          StateFormat.write(new SavedState(null, null, saved, List.of()), state, fds);
          former.addAll(fds);
          fds.replaceAll(kernel::duplicate);
        });
    List<String> files = former.stream().map(RealRig::file).toList();
    end();
    begin();
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).equals(file(former.get(i)))) {
        // The loop closes only what it has watched.
        kernel.close(former.get(i));
      }
    }
    buffers = new UnpooledByteBufAllocator(true, true);
    Restoring[] restoring = new Restoring[1];
    run(
        () -> {
          try {
            SavedBroker saved = StateFormat.read(state, fds, buffers).broker();
            restoring[0] = new Restoring(environment(), saved, proxies);
            conductor = restoring[0].conductor();
          } catch (UnreadableStateException e) {
            throw new AssertionError(e);
          }
        });
    settle();
    return restoring[0];
  }

  /** The file behind a number, or nothing if it is closed. */
  private static String file(int fd) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Ends the loop and its thread. */
  @Override
  public void end() {
    group.shutdownGracefully(0, DEADLINE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Override
  public Conductor conductor() {
    return conductor;
  }

  @Override
  public Kernel kernel() {
    return outside;
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

  /**
   * Work that the loop schedules for itself runs after the next poll of epoll. A task may run
   * before it.
   */
  private void round(int left, CompletableFuture<Void> settled) {
    if (left == 0) {
      settled.complete(null);
    } else {
      loop.schedule(() -> round(left - 1, settled), 1, TimeUnit.NANOSECONDS);
    }
  }

  /** Delivery may take time on a busy machine. Acknowledged bytes and ends have arrived. */
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
