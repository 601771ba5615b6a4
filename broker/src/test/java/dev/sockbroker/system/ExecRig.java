package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A broker, and {@code sockbroker exec} as users run it, through its launcher. All started
 * processes are killed at the end.
 */
final class ExecRig implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 60;

  private final BrokerProcess broker = BrokerProcess.start();
  private final Broker looking;
  private final Path directory;
  private final Path launcher;
  private final List<Process> started = new ArrayList<>();

  /** How a program ended. */
  record Result(long pid, int exitCode, List<String> out, String err) {}

  /** Uses an installed launcher. */
  ExecRig(Path directory) throws IOException, InterruptedException {
    this(directory, Installation.at(Files.createDirectory(directory.resolve("prefix"))).program());
  }

  /** Uses the launcher of the checkout. */
  static ExecRig ofCheckout(Path directory) throws IOException {
    return new ExecRig(directory, Path.of("../scripts/sockbroker").toRealPath());
  }

  private ExecRig(Path directory, Path launcher) throws IOException {
    this.directory = directory;
    this.launcher = launcher;
    looking = Broker.connect(broker.socket());
  }

  /** A file of the test resources, in a place where a program finds it. */
  Path resource(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      try (InputStream source = ExecRig.class.getResourceAsStream(name)) {
        Files.write(file, source.readAllBytes());
      }
    }
    return file;
  }

  Path brokerSocket() {
    return broker.socket();
  }

  /** The path of the launcher. */
  String sockbroker() {
    return launcher.toString();
  }

  /** Starts any command line with access to the broker. Its stderr is the test's. */
  Process start(List<String> line) throws IOException {
    Process process = builder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  /** Starts exec with these options and this program. */
  Process exec(List<String> options, List<String> line) throws IOException {
    return start(execLine(options, line));
  }

  List<String> execLine(List<String> options, List<String> line) {
    return Stream.of(List.of(sockbroker(), "exec"), options, List.of("--"), line)
        .flatMap(List::stream)
        .toList();
  }

  Result run(List<String> line) throws IOException, InterruptedException {
    Path err = Files.createTempFile(directory, "err", null);
    Process process = builder(line).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    List<String> out = process.inputReader(UTF_8).lines().toList();
    awaitEnd(process);
    return new Result(process.pid(), process.exitValue(), out, Files.readString(err));
  }

  private ProcessBuilder builder(List<String> line) {
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(Installation.JDK);
    builder.environment().putAll(Map.of("SOCKBROKER_SOCKET", broker.socket().toString()));
    return builder;
  }

  static void awaitEnd(Process process) throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(process.info() + " did not end");
    }
  }

  /** Sends SIGTERM and waits for the end. Process.destroy() would also close the streams. */
  static void end(Process process) throws InterruptedException {
    process.toHandle().destroy();
    awaitEnd(process);
  }

  static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    awaitEnd(process);
  }

  /** The pids of the socket's holders according to the broker; empty if there is no such socket. */
  List<Integer> holders(String name) throws IOException {
    return looking.list().stream()
        .filter(row -> name.equals(row.socket().name()))
        .map(DescriptorInfo::pid)
        .toList();
  }

  /** The TCP port of a named socket. */
  int port(String name) throws IOException {
    return ((InetSocketAddress) looking.show(name).socket().localAddress()).getPort();
  }

  /** The inode of a named socket. */
  long inode(String name) throws IOException {
    return looking.show(name).socket().inode();
  }

  /** The answer of the next server to a client. */
  static String ask(int port) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.setSoTimeout(1000 * DEADLINE_SECONDS);
      return new String(client.getInputStream().readAllBytes(), UTF_8).strip();
    }
  }

  static String line(Process process) throws IOException {
    String line = process.inputReader(UTF_8).readLine();
    assertThat(line).as("a line of %s", process.info()).isNotNull();
    return line;
  }

  @Override
  public void close() {
    for (Process it : started) {
      it.descendants().forEach(ProcessHandle::destroyForcibly);
      it.destroyForcibly();
      it.onExit().join();
    }
    looking.close();
    broker.close();
  }
}
