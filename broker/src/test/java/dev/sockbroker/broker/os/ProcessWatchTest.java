package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real processes, watched by pidfd. */
class ProcessWatchTest {
  private final KernelLoop loop = new KernelLoop();
  private final List<Process> children = new ArrayList<>();

  /** Grows on the loop with each reported exit. */
  private final List<String> exits = new ArrayList<>();

  @AfterEach
  void close() {
    children.forEach(Process::destroyForcibly);
    loop.close();
  }

  private Process start(String... command) throws IOException {
    Process child = new ProcessBuilder(command).start();
    children.add(child);
    return child;
  }

  private WatchedProcess watch(long pid) {
    return loop.call(() -> loop.kernel.watch((int) pid, () -> exits.add("exit")));
  }

  private int exits() {
    return loop.call(exits::size);
  }

  @Test
  void shouldTellTheEndOfALivingProcessOnce() throws Exception {
    Process child = start("sleep", "1000");
    WatchedProcess watched = watch(child.pid());
    assertThat(watched.pid()).isEqualTo((int) child.pid());
    assertThat(loop.call(watched::isAlive)).isTrue();
    assertThat(exits()).isZero();
    child.destroyForcibly().waitFor();
    loop.eventuallyTrue(() -> !exits.isEmpty());
    assertThat(loop.call(watched::isAlive)).isFalse();
    loop.run(watched::close);
    assertThat(exits()).isEqualTo(1);
    assertThat(openPidfds()).isZero();
  }

  @Test
  void shouldTellNothingOnceClosed() throws Exception {
    Process child = start("sleep", "1000");
    WatchedProcess watched = watch(child.pid());
    WatchedProcess other = watch(child.pid());
    loop.run(watched::close);
    assertThat(loop.call(watched::isAlive)).isFalse();
    child.destroyForcibly().waitFor();
    loop.eventuallyTrue(() -> !exits.isEmpty());
    assertThat(exits()).isEqualTo(1);
    loop.run(other::close);
  }

  @Test
  void shouldBearBeingClosedByItsOwnListener() throws Exception {
    Process child = start("sleep", "1000");
    List<WatchedProcess> watched = new ArrayList<>();
    loop.run(
        () ->
            watched.add(
                loop.kernel.watch(
                    (int) child.pid(),
                    () -> {
                      watched.getFirst().close();
                      exits.add("exit");
                    })));
    child.destroyForcibly().waitFor();
    loop.eventuallyTrue(() -> !exits.isEmpty());
    assertThat(exits()).isEqualTo(1);
  }

  @Test
  void shouldSeeAZombieAsDead() throws Exception {
    // The shell starts a child, prints its pid, and becomes a program that never waits for
    // children.
    Process parent = start("sh", "-c", "sleep 1000 & echo $!; exec sleep 1000");
    int zombie = Integer.parseInt(parent.inputReader().readLine());
    Path parentName = Path.of("/proc/" + parent.pid() + "/comm");
    await().atMost(KernelLoop.DEADLINE).until(() -> Files.readString(parentName).equals("sleep\n"));
    ProcessHandle.of(zombie).orElseThrow().destroyForcibly();
    Path status = Path.of("/proc/" + zombie + "/stat");
    await()
        .atMost(KernelLoop.DEADLINE)
        .until(() -> Files.readString(status).matches("(?s)\\d+ \\(.*\\) Z .*"));
    assertRefused(zombie);
  }

  @Test
  void shouldRefuseWhatIsNoLivingProcess() throws Exception {
    Process child = start("true");
    child.waitFor();
    assertRefused((int) child.pid());
    assertRefused(0);
    assertRefused(-1);
    assertRefused(anotherThread());
    assertThat(exits()).isZero();
  }

  /** The kernel's id of a thread of this process other than the main thread. */
  private static int anotherThread() {
    for (String thread : new File("/proc/self/task").list()) {
      if (Long.parseLong(thread) != ProcessHandle.current().pid()) {
        return Integer.parseInt(thread);
      }
    }
    throw new AssertionError("a JVM with one thread");
  }

  private void assertRefused(int pid) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> watch(pid))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    assertThat(openPidfds()).isZero();
  }

  /** Other descriptors come and go with the JVM's pipes to the children. */
  private static int openPidfds() {
    int count = 0;
    for (File descriptor : new File("/proc/self/fd").listFiles()) {
      try {
        count += Files.readSymbolicLink(descriptor.toPath()).toString().contains("pidfd") ? 1 : 0;
      } catch (IOException e) {
        // the fd was closed since the listing, or belonged to the listing
        continue;
      }
    }
    return count;
  }
}
