package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BrokerLoopTest {
  private static final int TASKS = 20;
  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(6);

  private final BrokerLoop loop = new BrokerLoop();

  @Test
  void shouldLookAtSocketsBetweenLongTasks() throws Exception {
    List<String> order = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(TASKS);

    loop.execute(
        () -> {
          for (int i = 0; i < TASKS; i++) {
            loop.execute(
                () -> {
                  spin();
                  order.add("task");
                  // actions after a pass run before the sockets are checked again
                  loop.executeAfterEventLoopIteration(() -> order.add("pass"));
                  done.countDown();
                });
          }
        });

    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    loop.mayEnd();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    assertThat(String.join(" ", order)).doesNotContain("task task");
  }

  private static void spin() {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < LONG_NANOS) {
      Thread.onSpinWait();
    }
  }
}
