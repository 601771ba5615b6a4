package dev.sockbroker.system.contract;

import java.io.Closeable;
import java.io.IOException;

/** A process that has ended and whose parent does not care. */
final class Zombie implements Closeable {
  private final Process parent;
  private final int pid;

  Zombie() throws IOException {
    parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 60").start();
    pid = Integer.parseInt(parent.inputReader().readLine());
  }

  int pid() {
    return pid;
  }

  @Override
  public void close() {
    parent.destroyForcibly();
  }
}
