package dev.sockbroker.system;

import dev.sockbroker.system.contract.Relay;
import dev.sockbroker.system.contract.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A broker as in the unit, with a dedicated user and a group whose members may connect; and clients
 * of several users, each with a process. Needs root.
 */
public final class SharedBroker implements AutoCloseable {
  private final Path directory;
  private final Path jar;
  private final BrokerProcess broker;
  private final Relay relay;
  private final Map<User, WorkerProcess> processes = new HashMap<>();

  /**
   * Starts a broker. A test that cannot run is skipped with a message.
   *
   * @param options of {@code serve}, in addition to {@code --socket} and {@code --group}
   */
  public static SharedBroker start(String... options) throws IOException {
    User.needs();
    return new SharedBroker(options);
  }

  /**
   * Starts a broker with a configuration file.
   *
   * @param configuration its text, which {@link #configure} can replace
   */
  public static SharedBroker startWith(String configuration) throws IOException {
    User.needs();
    Path directory = openToAll(Files.createTempDirectory("sockbroker-users"));
    write(directory, configuration);
    return new SharedBroker(directory, "--config", file(directory).toString());
  }

  /**
   * Starts a broker with a configuration file, which knows only these hosts.
   *
   * @param hosts as in hosts(5)
   */
  public static SharedBroker startWith(String configuration, String hosts) throws IOException {
    User.needs();
    Path directory = openToAll(Files.createTempDirectory("sockbroker-users"));
    write(directory, configuration);
    Path file = Files.writeString(directory.resolve("hosts"), hosts);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return new SharedBroker(directory, file, "--config", file(directory).toString());
  }

  private SharedBroker(String... options) throws IOException {
    this(openToAll(Files.createTempDirectory("sockbroker-users")), options);
  }

  private SharedBroker(Path ofAll, String... options) throws IOException {
    this(ofAll, null, options);
  }

  /**
   * @param hosts null for those of the machine
   */
  private SharedBroker(Path ofAll, Path hosts, String... options) throws IOException {
    directory = ofAll;
    // The build's directory may be closed to other users.
    jar = directory.resolve("sockbroker.jar");
    // with its time, so that the start caches fit
    Files.copy(BrokerProcess.JAR, jar, StandardCopyOption.COPY_ATTRIBUTES);
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));
    Path home = openToAll(Files.createDirectory(directory.resolve("home")));
    Files.setAttribute(home, "unix:uid", User.BROKER.uid());
    relay = new Relay(directory.resolve("relay.sock"));
    broker =
        hosts == null
            ? BrokerProcess.startAs(User.BROKER, jar, home, withGroup(options))
            : BrokerProcess.startKnowing(hosts, User.BROKER, jar, home, withGroup(options));
  }

  private static String[] withGroup(String... options) {
    return Stream.concat(Stream.of("--group", User.MEMBERS + ""), Stream.of(options))
        .toArray(String[]::new);
  }

  private static Path openToAll(Path path) throws IOException {
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path file(Path directory) {
    return directory.resolve("sockbroker.toml");
  }

  private static void write(Path directory, String text) throws IOException {
    Files.writeString(file(directory), text);
    Files.setPosixFilePermissions(file(directory), PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** The configuration file. */
  public Path configuration() {
    return file(directory);
  }

  /** Replaces the text of the configuration file. The broker does not read it by itself. */
  public void configure(String text) throws IOException {
    write(directory, text);
  }

  public BrokerProcess broker() {
    return broker;
  }

  public Path socket() {
    return broker.socket();
  }

  /** The process of that user's sessions, or a new one if the last has ended. */
  public WorkerProcess process(User user) throws IOException {
    WorkerProcess process = processes.get(user);
    if (process == null || !process.isAlive()) {
      process = WorkerProcess.of(user, directory, relay, socket());
      processes.put(user, process);
    }
    return process;
  }

  /** A connection of that user's process that has sent nothing yet. */
  WireClient connect(User user) throws IOException {
    return WireClient.over(process(user).openSession());
  }

  /** A session of that user, which has said hello. */
  public WireClient session(User user) throws IOException {
    WireClient client = connect(user);
    client.hello();
    return client;
  }

  /** A session of root, which runs the tests. */
  public WireClient rootSession(boolean administrator) throws IOException {
    WireClient client = WireClient.connect(socket());
    client.hello(administrator);
    return client;
  }

  /** A command of that user. */
  public Command command(User user) {
    return Command.to(socket()).as(user, jar);
  }

  /**
   * The command line of a Java program of that user, with the client library. It needs no other
   * class of the tests.
   */
  List<String> program(User user, Class<?> main, String... arguments) throws IOException {
    return program(user, List.of(), main, arguments);
  }

  /**
   * @param libraries more that the program needs: the prefixes of their file names
   */
  List<String> program(User user, List<String> libraries, Class<?> main, String... arguments)
      throws IOException {
    WorkerProcess.copy(main, directory);
    StringBuilder classPath = new StringBuilder(jar + ":" + directory);
    for (String it : libraries) {
      classPath.append(':').append(copied(it));
    }
    List<String> line =
        List.of(BrokerProcess.JAVA.toString(), "-cp", classPath.toString(), main.getName());
    return user.run(Stream.concat(line.stream(), Stream.of(arguments)).toList());
  }

  /** Copies a library to where all users can read it. */
  private Path copied(String library) throws IOException {
    Path from = Path.of(WorkerJar.library(library));
    Path copy = directory.resolve(from.getFileName());
    if (Files.notExists(copy)) {
      Files.copy(from, copy);
      Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
    }
    return copy;
  }

  @Override
  public void close() throws IOException {
    processes.values().forEach(WorkerProcess::kill);
    relay.close();
    broker.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
