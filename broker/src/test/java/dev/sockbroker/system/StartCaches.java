package dev.sockbroker.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The caches from which commands and brokers start, next to the jar under test. The launcher makes
 * them, once for each build.
 */
public final class StartCaches {
  private static final Duration DEADLINE = Duration.ofSeconds(300);

  private static final Path LAUNCHER =
      BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();

  private static boolean areMade;

  private StartCaches() {}

  static Path ofCommands() {
    return made("commands");
  }

  public static Path ofServe() {
    return made("serve");
  }

  private static Path made(String kind) {
    makeOnce();
    return file(kind);
  }

  /**
   * Options for a JVM that starts from a cache, and is as quiet as the launcher makes it if it
   * cannot, for example because of an agent.
   */
  static List<String> options(Path cache) {
    return List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off");
  }

  /** Copies the jar and its caches to a directory. */
  static void installJar(Path directory) throws IOException {
    for (Path file : List.of(BrokerProcess.JAR, ofCommands(), ofServe())) {
      // with its time, by which the caches know the jar
      Path copy = directory.resolve(file.getFileName());
      Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static synchronized void makeOnce() {
    if (areMade) {
      return;
    }
    try {
      Program.run(Installation.JDK, List.of(LAUNCHER.toString(), "version")).orFail();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    await()
        .atMost(DEADLINE)
        .until(() -> Files.exists(file("commands")) && Files.exists(file("serve")));
    areMade = true;
  }

  /** By the launcher's name for the cache of this jar and this JDK. */
  private static Path file(String kind) {
    Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
    String name = "sockbroker-" + kind + "-" + id(BrokerProcess.JAR) + "-" + id(modules) + ".aot";
    return BrokerProcess.JAR.resolveSibling(name);
  }

  private static String id(Path file) {
    try {
      return Files.size(file) + "-" + Files.getLastModifiedTime(file).to(TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
