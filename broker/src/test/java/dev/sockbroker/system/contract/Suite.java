package dev.sockbroker.system.contract;

import dev.sockbroker.system.BrokerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What all scenarios share: the broker, the workers, and the report that is printed at the end. */
final class Suite implements AutoCloseable {
  /** Set to judge a broker that runs already. */
  static final String SOCKET_PROPERTY = "sockbroker.conformance.socket";

  private final Path directory;
  private final BrokerProcess ownBroker;
  private final Path socket;
  private final Relay relay;
  private final Map<String, WorkerProcess> workers = new HashMap<>();
  private final Report report = new Report();
  private final AtomicInteger lastPath = new AtomicInteger();

  private Suite() {
    String given = System.getProperty(SOCKET_PROPERTY);
    ownBroker = given == null ? BrokerProcess.start() : null;
    socket = given == null ? ownBroker.socket() : Path.of(given);
    try {
      directory = Files.createTempDirectory("sockbroker-contract");
      relay = new Relay(directory.resolve("relay.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Suite of(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(Suite.class, type -> new Suite(), Suite.class);
  }

  /** The broker's socket. */
  Path socket() {
    return socket;
  }

  Report report() {
    return report;
  }

  /** The worker of that name; a new process if the last one has ended. */
  synchronized WorkerProcess worker(String name) {
    WorkerProcess worker = workers.get(name);
    if (worker == null || !worker.isAlive()) {
      worker = new WorkerProcess(name, relay, socket);
      workers.put(name, worker);
    }
    return worker;
  }

  /** A path for a Unix socket that is not there yet. */
  Path newPath() {
    return directory.resolve(lastPath.incrementAndGet() + ".sock");
  }

  @Override
  public void close() throws IOException {
    System.out.println(report);
    workers.values().forEach(WorkerProcess::close);
    relay.close();
    if (ownBroker != null) {
      ownBroker.close();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
