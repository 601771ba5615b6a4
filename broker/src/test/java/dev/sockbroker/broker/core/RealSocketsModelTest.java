package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.os.EpollKernel;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The sequences of {@link ModelTest} on real sockets; {@code -Dmodel.sequences.real} sets their
 * number. Steps that need a simulated clock, or a queue whose length the kernel decides, are left
 * out.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS) // it takes as long as the command line says
class RealSocketsModelTest {
  private static final int TRIES = 3;

  private int again;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();

  @AfterEach
  void endLoop() {
    group.shutdownGracefully(0, 30, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void shouldDoWhatTheModelDoesOnRealSockets() {
    EpollKernel kernel = loop.submit(() -> new EpollKernel(loop)).syncUninterruptibly().getNow();
    int before = openDescriptors();
    ModelTest.check(Integer.getInteger("model.sequences.real", 200), steps -> play(kernel, steps));
    System.out.println("played again: " + again);
    assertThat(openDescriptors()).as("descriptors of this process").isEqualTo(before);
  }

  /** A difference must be reproducible, because on a busy machine a packet may be late once. */
  private String play(EpollKernel kernel, List<ModelStep> steps) {
    String difference = "";
    for (int i = 0; i < TRIES; i++) {
      RealRig rig = new RealRig(kernel);
      difference = new ModelDriver(rig).play(steps);
      rig.end();
      if (difference.isEmpty()) {
        return "";
      }
      again++;
    }
    return difference;
  }

  private static int openDescriptors() {
    return new File("/proc/self/fd").list().length;
  }
}
