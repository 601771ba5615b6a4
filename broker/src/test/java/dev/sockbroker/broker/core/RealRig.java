package dev.sockbroker.broker.core;

import dev.sockbroker.broker.os.EpollKernel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The core on Linux's own sockets, over loopback. There what one side does has reached the other
 * when the system call returns, so a few rounds of the loop, each of which asks epoll, settle it.
 */
final class RealRig implements ModelRig {
  private static final int ROUNDS = 4;
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
    for (int i = 0; i < ROUNDS; i++) {
      run(() -> {});
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
