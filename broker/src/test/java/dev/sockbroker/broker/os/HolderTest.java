package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A holder as a child of this process. */
class HolderTest {
  private static final Duration GRACE = Duration.ofMinutes(10);

  /** Its bit in a mask of signals. */
  private static final long SIGTERM = 1L << 15 - 1;

  private Holder holder;

  @AfterEach
  void end() {
    if (holder != null) {
      holder.end();
    }
  }

  private void start() throws IOException {
    holder = Holder.start(GRACE);
  }

  private List<String> read(String file) throws IOException {
    return Files.readAllLines(
        Path.of("/proc/" + holder.pid() + "/" + file), StandardCharsets.ISO_8859_1);
  }

  private String status(String key) throws IOException {
    return read("status").stream()
        .filter(it -> it.startsWith(key + ":"))
        .map(it -> it.substring(key.length() + 1).strip())
        .findFirst()
        .orElse("0");
  }

  @Test
  void shouldBeAProcessWithItsOwnName() throws Exception {
    start();
    assertThat(holder.isAlive()).isTrue();
    assertThat(read("comm")).containsExactly("sockbroker-keep");
    assertThat(Files.size(Path.of("/proc/" + holder.pid() + "/cmdline"))).isZero();
    assertThat(Files.readString(Path.of("/proc/" + holder.pid() + "/cmdline"))).isEmpty();
    assertThat(holder.startTicks()).isEqualTo(ProcessFacts.of(holder.pid()).startTicks());
    assertThat(read("stat").getFirst().split(" "))
        .as("parent and session")
        .containsSubsequence(
            String.valueOf(ProcessHandle.current().pid()), String.valueOf(holder.pid()));
  }

  /** Only some pages that other threads map in the same moment can be copied as well. */
  @Test
  void shouldShowNobodyTheMemoryOfItsProcess() throws Exception {
    start();
    assertThat(read("maps"))
        .noneMatch(it -> it.contains("libjvm") || it.contains("[heap]") || it.contains("[stack]"));
    assertThat(Long.parseLong(status("VmData").split(" ")[0])).as("kB").isLessThan(ownData() / 10);
  }

  private static long ownData() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmData:")) {
        return Long.parseLong(line.substring("VmData:".length()).strip().split(" ")[0]);
      }
    }
    throw new AssertionError();
  }

  @Test
  void shouldBlockSignalsButEndAtSigterm() throws Exception {
    start();
    long unblockable = 1L << 9 - 1 | 1L << 19 - 1;
    assertThat(Long.parseUnsignedLong(status("SigBlk"), 16)).isEqualTo(~(unblockable | SIGTERM));
    assertThat(Long.parseUnsignedLong(status("SigCgt"), 16) & SIGTERM).isZero();
    ProcessHandle.of(holder.pid()).orElseThrow().destroy();
    await().atMost(KernelLoop.DEADLINE).until(() -> !holder.isAlive());
  }

  @Test
  void shouldRestoreSignalsAndMemory() throws Exception {
    String blocked = signals();
    start();
    assertThat(signals()).isEqualTo(blocked);
    assertThat(Long.parseUnsignedLong(signals(), 16) & SIGTERM).isZero();
    assertThat(Files.readAllLines(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1))
        .noneMatch(it -> it.startsWith("VmFlags:") && it.contains(" dc") && !it.contains(" io"));
  }

  private static String signals() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/status"), StandardCharsets.ISO_8859_1)
        .stream()
        .filter(it -> it.startsWith("SigBlk:"))
        .map(it -> it.substring("SigBlk:".length()).strip())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldLeaveNothingWhenEnded() throws Exception {
    start();
    holder.end();
    assertThat(holder.isAlive()).isFalse();
    assertThat(Path.of("/proc/" + holder.pid())).doesNotExist();
    assertThat(Leftovers.pidfds()).isZero();
    holder.end();
  }

  @Test
  void shouldNoticeThatItWasKilled() throws Exception {
    start();
    ProcessHandle.of(holder.pid()).orElseThrow().destroyForcibly();
    await().atMost(KernelLoop.DEADLINE).until(() -> !holder.isAlive());
    assertThat(Path.of("/proc/" + holder.pid())).doesNotExist();
    assertThat(Leftovers.pidfds()).isZero();
  }

  @Test
  void shouldBeRefusedToVirtualThreadsAndWithNegativeTimes() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                start();
                thrown.complete(null);
              } catch (Throwable e) {
                thrown.complete(e);
              }
            });
    assertThat(thrown.get(KernelLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(WrongThreadException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> Holder.start(Duration.ofMillis(-1)));
  }
}
