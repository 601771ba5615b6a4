package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that starts and ends holders, while two threads fill and free a heap of some hundred
 * megabytes. It fails if a holder does not live, cannot be used, or leaves something. It must not
 * die itself. The argument is the number of holders.
 */
final class HolderStress {
  private static final int LARGE = 1 << 20;
  private static final int LIVE = 300;
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static volatile Object garbage;

  private HolderStress() {}

  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[0]);
    byte[][] live = new byte[LIVE][LARGE];
    allocate(live, LARGE);
    allocate(live, LARGE / 1000);
    SystemCalls calls = new SystemCalls();
    int file = new MemoryCalls().eventfd();
    round(calls, file);

    String before = Leftovers.all();
    long[] micros = new long[count];
    long memory = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      Holder holder = Holder.start(GRACE);
      micros[i] = (System.nanoTime() - start) / 1000;
      use(holder, calls, file);
      memory = i % 100 == 0 ? Math.max(memory, resident(holder)) : memory;
      holder.end();
    }
    long seconds = (System.nanoTime() - begin) / 1_000_000_000;
    if (!Leftovers.all().equals(before)) {
      throw new AssertionError(before + " became " + Leftovers.all());
    }
    Arrays.sort(micros);
    System.out.printf(
        "%d holders in %d s, none died; start: median %d us, longest %d us; largest: %d kB%n",
        count, seconds, micros[count / 2], micros[count - 1], memory);
    Runtime.getRuntime().halt(0);
  }

  private static void round(SystemCalls calls, int file) throws IOException {
    Holder holder = Holder.start(GRACE);
    use(holder, calls, file);
    holder.end();
  }

  private static void use(Holder holder, SystemCalls calls, int file) throws IOException {
    try (HeldFiles files = HeldFiles.of(holder.pid(), holder.startTicks())) {
      calls.close(files.take(file));
    }
    if (!holder.isAlive()) {
      throw new AssertionError("the holder has ended");
    }
  }

  /** In kB. */
  private static long resident(Holder holder) throws IOException {
    Path status = Path.of("/proc/" + holder.pid() + "/status");
    return Files.readAllLines(status, StandardCharsets.ISO_8859_1).stream()
        .filter(it -> it.startsWith("VmRSS:"))
        .mapToLong(it -> Long.parseLong(it.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private static void allocate(byte[][] live, int size) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              for (int i = 0; ; i++) {
                if (size == LARGE) {
                  live[i % live.length] = new byte[size];
                } else {
                  garbage = new byte[1 + i % size];
                }
                if (size == LARGE || i % 100 == 0) {
                  // leaves some time to the holders, and to other programs
                  LockSupport.parkNanos(PAUSE_NANOS);
                }
              }
            });
  }
}
