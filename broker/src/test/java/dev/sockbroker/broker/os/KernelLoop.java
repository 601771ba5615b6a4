package dev.sockbroker.broker.os;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.File;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A kernel on an event loop of its own; tests run their steps on the loop's thread. */
final class KernelLoop implements AutoCloseable {
  static final long DEADLINE_SECONDS = 30;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();
  final EpollKernel kernel = call(() -> new EpollKernel(loop));

  IoEventLoop loop() {
    return loop;
  }

  /** Runs it on the loop; what it throws is thrown here. */
  <T> T call(Callable<T> step) {
    try {
      return loop.submit(step).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new AssertionError(e.getCause());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void run(Runnable step) {
    call(
        () -> {
          step.run();
          return null;
        });
  }

  /** The descriptors of this whole process. */
  static int openDescriptors() {
    return new File("/proc/self/fd").list().length;
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, DEADLINE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
