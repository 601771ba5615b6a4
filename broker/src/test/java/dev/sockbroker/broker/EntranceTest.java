package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How clients are accepted when there are many of them, or too many. */
class EntranceTest {
  private final BrokerLoop loop = new BrokerLoop();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger attempts = new AtomicInteger();

  /** What the next accepts do. Then nobody waits. Loop thread only. */
  private final ArrayDeque<Supplier<KernelSocket>> accepts = new ArrayDeque<>();

  private IntConsumer ready;

  @AfterEach
  void end() {
    loop.mayEnd();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private KernelSocket socket() {
    return (KernelSocket)
        Proxy.newProxyInstance(
            KernelSocket.class.getClassLoader(),
            new Class<?>[] {KernelSocket.class},
            (_, method, arguments) -> called(method, arguments));
  }

  private Object called(Method method, Object[] arguments) {
    switch (method.getName()) {
      case "onReady" -> ready = (IntConsumer) arguments[0];
      case "accept" -> {
        attempts.incrementAndGet();
        return accepts.isEmpty() ? null : accepts.poll().get();
      }
      case "fd" -> {
        return 1;
      }
      default -> {
        // Nothing else matters here.
      }
    }
    return null;
  }

  private Entrance open(List<Supplier<KernelSocket>> waiting) {
    return loop.submit(
            () -> {
              accepts.addAll(waiting);
              Entrance entrance = new Entrance(socket(), loop, _ -> accepted.incrementAndGet());
              ready.accept(KernelSocket.IN);
              return entrance;
            })
        .syncUninterruptibly()
        .getNow();
  }

  private Supplier<KernelSocket> refused() {
    return () -> {
      throw RefusedException.ofCall(-Errno.EMFILE, "accept");
    };
  }

  @Test
  void shouldAcceptACrowdOverSeveralPasses() {
    open(Collections.nCopies(20, this::socket));
    await().until(() -> accepted.get() == 20);
    assertThat(attempts.get()).isEqualTo(21);
  }

  @Test
  void shouldTryAgainLaterWhenTheKernelRefuses() {
    long begin = System.nanoTime();
    open(List.of(refused(), refused(), this::socket));
    loop.submit(() -> ready.accept(KernelSocket.IN)).syncUninterruptibly();
    assertThat(attempts.get()).isEqualTo(1);

    await().until(() -> accepted.get() == 1);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(attempts.get()).isBetween(3, 4);
  }

  @Test
  void shouldAcceptNobodyAfterItWasClosed() {
    Entrance entrance = open(List.of(refused(), this::socket));
    loop.submit(entrance::close).syncUninterruptibly();
    await()
        .pollDelay(Duration.ofMillis(1200))
        .untilAsserted(() -> assertThat(attempts.get()).isEqualTo(1));
  }
}
