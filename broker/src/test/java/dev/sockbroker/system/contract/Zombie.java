package dev.sockbroker.system.contract;

import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process that has ended and whose parent does not care. */
final class Zombie implements Closeable {
  private final Process parent;
  private final int pid;

  Zombie() throws IOException {
    parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 60").start();
    pid = Integer.parseInt(parent.inputReader().readLine());
    // It is told before it has ended.
    await().atMost(Duration.ofSeconds(30)).until(() -> state() == 'Z');
  }

  /** From {@code 4711 (true) Z 1 ...}. */
  private char state() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  int pid() {
    return pid;
  }

  @Override
  public void close() {
    parent.destroyForcibly();
  }
}
