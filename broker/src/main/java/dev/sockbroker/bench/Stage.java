package dev.sockbroker.bench;

import dev.sockbroker.child.ChildFailedException;
import dev.sockbroker.child.ChildJvm;
import dev.sockbroker.child.PrivateBroker;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The processes of a run. Each lane is set up when it is first requested, and stays until the end.
 */
final class Stage implements Closeable {
  /** Two plain processes and a Unix socket: the smallest cost of asking another process. */
  static final String BARE = "bare";

  /** The options with which the launcher starts a broker. */
  private static final List<String> BROKER_OPTIONS =
      List.of("-Xlog:disable", "-Xlog:all=error:stderr", "-XX:-UsePerfData");

  private final Plan plan;
  private final Class<?> main;
  private final Pinning pinning;
  private final Path directory;
  private final Deque<Closeable> opened = new ArrayDeque<>();
  private final Map<String, Route> routes = new HashMap<>();
  private ChildJvm peer;
  private PrivateBroker broker;

  private Stage(Plan plan, Class<?> main, Path directory) {
    this.plan = plan;
    this.main = main;
    this.directory = directory;
    pinning = Pinning.of(plan.pin());
  }

  /**
   * @param main the command line's main class
   */
  static Stage open(Plan plan, Class<?> main) throws IOException {
    Stage stage = new Stage(plan, main, Files.createTempDirectory("sockbroker-bench"));
    try {
      stage.peer =
          stage.keep(
              ChildJvm.start(
                  "the peer",
                  stage.pinning.at(Pinning.PEER),
                  stage.pinning.jvmOptions(),
                  PeerMain.class));
      stage.peer.answer();
      return stage;
    } catch (IOException e) {
      stage.close();
      throw e;
    }
  }

  boolean isPinned() {
    return pinning.isOn();
  }

  ChildJvm peer() {
    return peer;
  }

  Route route(String lane) throws IOException {
    Route route = routes.get(lane);
    if (route == null) {
      route = open(lane);
      routes.put(lane, route);
    }
    return route;
  }

  private Route open(String lane) throws IOException {
    if (Lanes.isBrokered(lane)) {
      return brokered(lane, brokerSocket(), broker == null ? 0 : broker.pid());
    } else if (lane.equals(Lanes.NATIVE) || lane.equals(BARE)) {
      String where = lane.equals(BARE) ? directory.resolve("bare.sock").toString() : "";
      ChildJvm worker = worker(Lanes.NATIVE, "", where, Pinning.SECOND);
      return new Route(lane, worker, worker.ask("address"), processes(0, worker));
    }
    return proxied(lane);
  }

  /** Starts a worker of a broker. */
  Route brokered(String lane, Path socket, long brokerPid) throws IOException {
    int place = Lanes.isDirect(lane) ? Pinning.SECOND : Pinning.THIRD;
    ChildJvm worker = worker(lane, socket.toString(), "", place);
    return new Route(lane, worker, worker.ask("address"), processes(brokerPid, worker));
  }

  private Route proxied(String lane) throws IOException {
    if (!Proxy.isInstalled(lane)) {
      throw new ChildFailedException(Proxy.program(lane) + " is not installed; lane " + lane);
    }
    String where = Proxy.isToPath(lane) ? directory.resolve(lane + ".sock").toString() : "";
    ChildJvm worker = worker(Lanes.NATIVE, "", where, Pinning.THIRD);
    Proxy proxy =
        keep(Proxy.start(lane, pinning.at(Pinning.SECOND), worker.ask("address"), directory));
    return new Route(lane, worker, proxy.entrance(), processes(proxy.pid(), worker));
  }

  private Cpu.Processes processes(long between, ChildJvm worker) {
    return new Cpu.Processes(peer.pid(), between, worker.pid());
  }

  private ChildJvm worker(String lane, String socket, String where, int place) throws IOException {
    ChildJvm worker =
        keep(
            ChildJvm.start(
                "worker " + lane,
                pinning.at(place),
                pinning.jvmOptions(),
                WorkerMain.class,
                lane,
                socket,
                where));
    worker.answer();
    return worker;
  }

  private List<String> brokerOptions() {
    List<String> options = new ArrayList<>(BROKER_OPTIONS);
    options.addAll(pinning.jvmOptions());
    return options;
  }

  /** Starts a process that holds sockets of a broker. */
  ChildJvm holder(PrivateBroker of) throws IOException {
    ChildJvm holder =
        keep(
            ChildJvm.start(
                "the holder",
                pinning.at(Pinning.THIRD),
                pinning.jvmOptions(),
                HolderMain.class,
                of.socket().toString()));
    holder.answer();
    return holder;
  }

  /** A command with the launcher's options, with which this process was started too. */
  ProcessBuilder command(Object... arguments) {
    List<String> command = new ArrayList<>(pinning.at(Pinning.THIRD));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command);
  }

  private Path brokerSocket() throws IOException {
    if (plan.socket() != null) {
      return plan.socket();
    }
    if (broker == null) {
      broker = newBroker();
    }
    return broker.socket();
  }

  /**
   * Starts another private broker.
   *
   * @param arguments of {@code serve}
   */
  PrivateBroker newBroker(String... arguments) throws IOException {
    return keep(
        PrivateBroker.start("bench", pinning.at(Pinning.SECOND), brokerOptions(), main, arguments));
  }

  private <T extends Closeable> T keep(T process) {
    opened.push(process);
    return process;
  }

  /** Ends them all in reverse order. If some do not end, it throws the first failure. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Closeable process : opened) {
      try {
        process.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    deleteDirectory();
    if (failure != null) {
      throw failure;
    }
  }

  private void deleteDirectory() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
