package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A Python script that starts one worker after the other. Each prints its pid, reads a line with
 * its task, and writes its progress into shared memory, until a test kills it.
 */
final class DyingWorkers implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Process parent;
  private final MappedByteBuffer record;
  private ProcessHandle worker;

  private DyingWorkers(Process parent, MappedByteBuffer record) {
    this.parent = parent;
    this.record = record;
  }

  /**
   * @param script a resource next to this class
   * @param numbers how many the script writes
   */
  static DyingWorkers start(String script, Path directory, Path broker, int numbers)
      throws IOException {
    Path copy = directory.resolve(script);
    try (InputStream source = DyingWorkers.class.getResourceAsStream(script)) {
      Files.copy(source, copy);
    }
    int length = numbers * Long.BYTES;
    Path file = Files.write(directory.resolve("record"), new byte[length]);
    MappedByteBuffer record;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      record = channel.map(MapMode.READ_WRITE, 0, length);
    }
    record.order(ByteOrder.nativeOrder());
    Process parent =
        new ProcessBuilder("python3", copy.toString(), broker.toString(), file.toString())
            .redirectErrorStream(true)
            .start();
    return new DyingWorkers(parent, record);
  }

  /** The numbers that the worker writes. */
  MappedByteBuffer record() {
    return record;
  }

  /** Waits for the next worker. Returns its pid. */
  long next() throws IOException {
    worker = ProcessHandle.of(Long.parseLong(parent.inputReader().readLine())).orElseThrow();
    return worker.pid();
  }

  void tell(String task) throws IOException {
    parent.outputWriter().append(task + "\n").flush();
  }

  /** Kills the worker with SIGKILL when it has come so far. */
  ProcessHandle killWhen(BooleanSupplier isFar) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> isFar.getAsBoolean() || !worker.isAlive());
    assertThat(worker.isAlive()).withFailMessage(() -> "the worker has ended: " + words()).isTrue();
    worker.destroyForcibly();
    return worker;
  }

  private String words() {
    return String.join("\n", parent.inputReader().lines().toList());
  }

  /** The parent first, because it would start another worker. */
  @Override
  public void close() {
    List<ProcessHandle> last = parent.descendants().toList();
    parent.destroyForcibly();
    last.forEach(ProcessHandle::destroyForcibly);
  }
}
