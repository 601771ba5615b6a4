package dev.sockbroker.bench;

import dev.sockbroker.bench.restart.Database;
import dev.sockbroker.child.ChildJvm;
import dev.sockbroker.child.PrivateBroker;
import dev.sockbroker.child.Programs;
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
  private final Map<String, Route> webRoutes = new HashMap<>();
  private final Map<String, Route> databaseRoutes = new HashMap<>();
  private ChildJvm peer;
  private WebLoad webLoad;
  private Database database;
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
      stage.peer = stage.start("the peer", Pinning.PEER, PeerMain.class);
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
      route = open(lane, WorkerMain.class, directory);
      routes.put(lane, route);
    }
    return route;
  }

  /** Like {@link #route}, to a worker that is a web server. */
  Route web(String lane) throws IOException {
    Route route = webRoutes.get(lane);
    if (route == null) {
      route = open(lane, WebMain.class, Files.createDirectories(directory.resolve("web")));
      webRoutes.put(lane, route);
    }
    return route;
  }

  /** Returns a route from a worker, the client, to a database. */
  Route database(String lane) throws IOException {
    Route route = databaseRoutes.get(lane);
    if (route == null) {
      if (database == null) {
        database = keep(Database.start());
      }
      route = toDatabase(lane);
      databaseRoutes.put(lane, route);
    }
    return route;
  }

  private Route toDatabase(String lane) throws IOException {
    String port = Integer.toString(database.port());
    if (Lanes.isBrokered(lane)) {
      ChildJvm client = databaseClient(brokerSocket().toString());
      return new Route(lane, client, port, processes(broker == null ? 0 : broker.pid(), client));
    }
    ChildJvm client = databaseClient("");
    if (lane.equals(Lanes.NATIVE)) {
      return new Route(lane, client, port, processes(0, client));
    }
    String backend = Proxy.isToPath(lane) ? database.path().toString() : port;
    Path files = Files.createDirectories(directory.resolve("database"));
    Proxy proxy = startProxy(lane, backend, files);
    return new Route(lane, client, proxy.entrance(), processes(proxy.pid(), client));
  }

  private ChildJvm databaseClient(String broker) throws IOException {
    return start(
        "client of the database", Pinning.THIRD, QueryMain.class, plan.driver().toString(), broker);
  }

  /** The clients of the web servers. */
  WebLoad webLoad() throws IOException {
    if (webLoad == null) {
      webLoad =
          Programs.isInstalled(WrkLoad.PROGRAM)
              ? WrkLoad.in(pinning.at(Pinning.PEER), directory)
              : new PeerWebLoad(peer);
    }
    return webLoad;
  }

  /**
   * @param worker the worker's main class
   * @param files the directory for its files
   */
  private Route open(String lane, Class<?> worker, Path files) throws IOException {
    if (Lanes.isBrokered(lane)) {
      return brokered(lane, worker, brokerSocket(), broker == null ? 0 : broker.pid());
    } else if (lane.equals(Lanes.NATIVE) || lane.equals(Lanes.NETTY) || lane.equals(BARE)) {
      String where = lane.equals(BARE) ? files.resolve("bare.sock").toString() : "";
      String own = lane.equals(BARE) ? Lanes.NATIVE : lane;
      ChildJvm started = worker(worker, own, "", where, Pinning.SECOND);
      return new Route(lane, started, started.ask("address"), processes(0, started));
    }
    return proxied(lane, worker, files);
  }

  /** Starts a worker of a broker. */
  Route brokered(String lane, Path socket, long brokerPid) throws IOException {
    return brokered(lane, WorkerMain.class, socket, brokerPid);
  }

  /** Starts a worker of a broker as another user. Only root can do that. */
  Route brokeredAs(int user, PrivateBroker of) throws IOException {
    List<String> wrapper = new ArrayList<>(pinning.at(Pinning.THIRD));
    wrapper.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
    String[] arguments = {"framed", of.socket().toString(), ""};
    ChildJvm started =
        keep(
            ChildJvm.start(
                "worker of uid " + user,
                wrapper,
                pinning.jvmOptions(),
                WorkerMain.class,
                arguments));
    started.answer();
    return new Route("framed", started, started.ask("address"), processes(of.pid(), started));
  }

  /** The directory for files of this run. */
  Path directory() {
    return directory;
  }

  private Route brokered(String lane, Class<?> worker, Path socket, long brokerPid)
      throws IOException {
    int place = Lanes.isDirect(lane) ? Pinning.SECOND : Pinning.THIRD;
    ChildJvm started = worker(worker, lane, socket.toString(), "", place);
    return new Route(lane, started, started.ask("address"), processes(brokerPid, started));
  }

  private Route proxied(String lane, Class<?> worker, Path files) throws IOException {
    String where = Proxy.isToPath(lane) ? files.resolve(lane + ".sock").toString() : "";
    ChildJvm started = worker(worker, Lanes.NATIVE, "", where, Pinning.THIRD);
    Proxy proxy = startProxy(lane, started.ask("address"), files);
    return new Route(lane, started, proxy.entrance(), processes(proxy.pid(), started));
  }

  private Proxy startProxy(String lane, String backend, Path files) throws IOException {
    return keep(Proxy.start(lane, pinning.at(Pinning.SECOND), backend, files));
  }

  private Cpu.Processes processes(long between, ChildJvm worker) {
    return new Cpu.Processes(peer.pid(), between, worker.pid());
  }

  private ChildJvm worker(Class<?> mainClass, String lane, String socket, String where, int place)
      throws IOException {
    return start("worker " + lane, place, mainClass, lane, socket, where);
  }

  private ChildJvm start(String name, int place, Class<?> mainClass, String... arguments)
      throws IOException {
    ChildJvm child =
        keep(ChildJvm.start(name, pinning.at(place), pinning.jvmOptions(), mainClass, arguments));
    child.answer();
    return child;
  }

  private List<String> brokerOptions() {
    List<String> options = new ArrayList<>(BROKER_OPTIONS);
    options.addAll(pinning.jvmOptions());
    return options;
  }

  /** Starts a process that holds sockets of a broker. */
  ChildJvm holder(PrivateBroker of) throws IOException {
    return start("the holder", Pinning.THIRD, HolderMain.class, of.socket().toString());
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
