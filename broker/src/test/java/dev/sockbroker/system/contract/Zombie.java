package dev.sockbroker.system.contract;

import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process that has ended and whose parent does not wait for it. */
final class Zombie implements Closeable {
  /** The child ends on request, after its parent has become a program that never waits. */
  private static final String SCRIPT = "exec 3<&0; { read line <&3; } & echo $!; exec sleep 60";

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Process parent;
  private final int pid;

  Zombie() throws IOException {
    parent = new ProcessBuilder("sh", "-c", SCRIPT).start();
    pid = Integer.parseInt(parent.inputReader().readLine());
    await()
        .atMost(DEADLINE)
        .until(() -> Files.readString(proc(parent.pid(), "comm")).equals("sleep\n"));
    parent.outputWriter().append("end\n").flush();
    await().atMost(DEADLINE).until(() -> state() == 'Z');
  }

  /** From {@code 4711 (sh) Z 1 ...}. */
  private char state() throws IOException {
    String stat = Files.readString(proc(pid, "stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  private static Path proc(long pid, String file) {
    return Path.of("/proc/" + pid + "/" + file);
  }

  int pid() {
    return pid;
  }

  @Override
  public void close() {
    parent.destroyForcibly();
  }
}
