package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A child of a worker that inherits its connections and outlives it. */
final class InheritingChild implements Closeable {
  private final ProcessHandle child;

  InheritingChild(Scene scene, WorkerProcess parent) throws IOException {
    Path file = scene.suite().newPath();
    parent.run("sleep 60 </dev/null >/dev/null 2>&1 & echo $! >" + file);
    await().until(() -> Files.exists(file) && Files.readString(file).endsWith("\n"));
    long pid = Long.parseLong(Files.readString(file).strip());
    child = ProcessHandle.of(pid).orElseThrow();
    assertThat(hasSocket(pid)).as("the child has its parent's connections").isTrue();
  }

  private static boolean hasSocket(long pid) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path fd : fds.toList()) {
        if (Files.readSymbolicLink(fd).toString().startsWith("socket:")) {
          return true;
        }
      }
    }
    return false;
  }

  boolean isAlive() {
    return child.isAlive();
  }

  @Override
  public void close() {
    child.destroyForcibly();
  }
}
