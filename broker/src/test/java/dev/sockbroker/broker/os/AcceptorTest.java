package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Accepting together with other holders that may be faster, on a listener whose mode they decide.
 */
class AcceptorTest {
  /** Two threads race for a connection: one of them loses within this many rounds. */
  private static final int ROUNDS = 20_000;

  /** The numbers of accept4(2). */
  private static final int ACCEPT4_X86 = 288;

  private static final int ACCEPT4_ARM = 242;

  private final KernelLoop kernelLoop = new KernelLoop();
  private final KernelSocket listener = kernelLoop.listener(Family.INET);
  private final Acceptor one = kernelLoop.call(() -> kernelLoop.kernel.acceptor(listener.fd()));
  private final Acceptor two = kernelLoop.call(() -> kernelLoop.kernel.acceptor(listener.fd()));
  private final Queue<Socket> clients = new ArrayDeque<>();
  private int descriptors;

  /** The result of an accept; null until there is one. Loop thread only. */
  private static final class Outcome {
    Integer answer;
  }

  @BeforeEach
  void makeBlocking() throws IOException {
    kernelLoop.run(() -> listener.nonBlocking(false));
    // Everything is initialized now.
    connect();
    take(one);
    closeClients();
    descriptors = KernelLoop.openDescriptors();
  }

  @AfterEach
  void close() throws IOException {
    closeClients();
    kernelLoop.close();
  }

  private void connect() throws IOException {
    Address at = kernelLoop.call(listener::localAddress);
    clients.add(new Socket(at.host(), at.port()));
  }

  private void closeClients() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    clients.clear();
  }

  private Outcome begin(Acceptor acceptor) {
    Outcome outcome = new Outcome();
    acceptor.accept(
        answer -> {
          outcome.answer = answer;
          if (answer >= 0) {
            kernelLoop.kernel.close(answer);
          }
        });
    return outcome;
  }

  private int take(Acceptor acceptor) {
    Outcome outcome = kernelLoop.call(() -> begin(acceptor));
    return kernelLoop.eventually(() -> outcome.answer);
  }

  @Test
  void shouldAnswerThatNoConnectionWaits() {
    assertThat(take(one)).isEqualTo(-Errno.EAGAIN);
    assertThat(KernelLoop.openDescriptors()).isEqualTo(descriptors);
  }

  @Test
  void shouldHangNobodyButItself() throws IOException {
    Outcome hangs = loseARace();
    assertThat(kernelLoop.call(() -> hangs.answer)).as("the loop goes on").isNull();
    connect();
    assertThat(kernelLoop.eventually(() -> hangs.answer)).as("the next one").isPositive();
    closeClients();
    assertThat(KernelLoop.openDescriptors()).isEqualTo(descriptors);
  }

  @Test
  void shouldComeBackWhenItIsClosed() throws IOException {
    Outcome hangs = loseARace();
    closeClients();
    kernelLoop.run(
        () -> {
          one.close();
          two.close();
        });
    kernelLoop.eventuallyTrue(() -> KernelLoop.openDescriptors() == descriptors);
    assertThat(kernelLoop.eventually(() -> hangs.answer)).isEqualTo(-Errno.EAGAIN);
  }

  /** Two threads poll one connection at the same time. The loser waits for the next one. */
  private Outcome loseARace() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      connect();
      Outcome[] outcomes = kernelLoop.call(() -> new Outcome[] {begin(one), begin(two)});
      kernelLoop.eventuallyTrue(() -> outcomes[0].answer != null || outcomes[1].answer != null);
      Outcome late = kernelLoop.call(() -> outcomes[0].answer == null ? outcomes[0] : outcomes[1]);
      Outcome first = late == outcomes[0] ? outcomes[1] : outcomes[0];
      kernelLoop.eventuallyTrue(() -> late.answer != null || isInAccept());
      boolean lost = kernelLoop.call(() -> late.answer == null && first.answer >= 0);
      if (lost) {
        return late;
      }
      kernelLoop.eventuallyTrue(() -> late.answer != null);
      closeClients();
    }
    throw new AssertionError("nobody lost in " + ROUNDS + " rounds");
  }

  /** Whether a thread of this process is in accept4(2). */
  private static boolean isInAccept() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.anyMatch(AcceptorTest::isInAccept);
    }
  }

  private static boolean isInAccept(Path task) {
    try {
      String call = Files.readString(task.resolve("syscall"));
      return Files.readString(task.resolve("comm")).startsWith("acceptor")
          && (call.startsWith(ACCEPT4_X86 + " ") || call.startsWith(ACCEPT4_ARM + " "));
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
