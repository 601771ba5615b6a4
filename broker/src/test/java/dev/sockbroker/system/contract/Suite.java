package dev.sockbroker.system.contract;

import dev.sockbroker.system.BrokerProcess;
import dev.sockbroker.system.LeftMemory;
import dev.sockbroker.system.Needs;
import dev.sockbroker.system.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The parts that all scenarios share: the broker, the workers, and the report at the end. */
final class Suite implements AutoCloseable {
  /** Set this to test a running broker. */
  static final String SOCKET_PROPERTY = "sockbroker.conformance.socket";

  /** Set this to keep upgrading the broker. */
  private static final String UPGRADES_PROPERTY = "sockbroker.conformance.upgrades";

  /** Set this to keep killing the broker. */
  private static final String KILLS_PROPERTY = "sockbroker.conformance.kills";

  private final Path directory;

  /** Null for a running broker. */
  private BrokerProcess ownBroker;

  /** Null unless the broker is to be upgraded repeatedly. */
  private final Upgrader upgrader;

  /** Null unless the broker is to be killed repeatedly. */
  private final Killer killer;

  private final Path socket;
  private final Relay relay;
  private final Map<String, WorkerProcess> workers = new HashMap<>();
  private final Report report = new Report();
  private final AtomicInteger lastPath = new AtomicInteger();

  private Suite() {
    String given = System.getProperty(SOCKET_PROPERTY);
    try {
      directory = Files.createTempDirectory("sockbroker-contract");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      relay = new Relay(directory.resolve("relay.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ownBroker = given == null ? startBroker() : null;
    socket = given == null ? ownBroker.socket() : Path.of(given);
    upgrader = Boolean.getBoolean(UPGRADES_PROPERTY) ? new Upgrader(socket) : null;
    killer = Boolean.getBoolean(KILLS_PROPERTY) ? new Killer(this) : null;
  }

  /** As root, workers of another user can use it as well. */
  private BrokerProcess startBroker() {
    List<String> options = new ArrayList<>();
    if (User.isRoot()) {
      options.addAll(List.of("--group", User.MEMBERS + "", "--trust-group"));
    }
    return BrokerProcess.startAt(directory.resolve("broker"), options.toArray(String[]::new));
  }

  /**
   * Kills the broker, and starts another one, which continues with what it has left.
   *
   * @param meanwhile happens while there is no broker
   */
  synchronized <T> T crash(Supplier<T> meanwhile) {
    Needs.that(ownBroker != null, "needs a broker that may be killed");
    try {
      // Otherwise the state would be given up after three crashes within a minute.
      LeftMemory.of(socket).forgetCrashes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ownBroker.kill();
    T result = meanwhile.get();
    ownBroker = startBroker();
    return result;
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

  /** The worker with that name, or a new process if the last one has ended. */
  synchronized WorkerProcess worker(String name) {
    WorkerProcess worker = workers.get(name);
    if (worker == null || !worker.isAlive()) {
      worker = new WorkerProcess(name, relay, socket);
      workers.put(name, worker);
    }
    return worker;
  }

  /** The worker of another user. */
  synchronized WorkerProcess worker(User user) {
    User.needs();
    Needs.that(ownBroker != null, "needs a broker that lets its group connect");
    return workers.computeIfAbsent("uid " + user.uid(), name -> start(user));
  }

  private WorkerProcess start(User user) {
    try {
      return WorkerProcess.of(user, directory, relay, socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new path for a Unix socket. */
  Path newPath() {
    return directory.resolve(lastPath.incrementAndGet() + ".sock");
  }

  @Override
  public void close() throws IOException {
    System.out.println(report);
    if (upgrader != null) {
      upgrader.close();
    }
    if (killer != null) {
      killer.close();
    }
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
