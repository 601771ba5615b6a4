package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs with the Java agent, which bind the JDK's own sockets to the broker's listeners. */
class AgentTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int O_NONBLOCK = 04000;
  private static final String JAVA = BrokerProcess.JAVA.toString();

  /** Of the listener of the steppers. */
  private static final String NAME = "steps";

  /** Binds sockets of these kinds, and sends a byte through each. */
  private static final String SOCKETS =
      """
      import java.io.IOException;
      import java.net.*;
      import java.nio.channels.*;

      public class Sockets {
        public static void main(String[] arguments) throws Exception {
          for (String argument : arguments) {
            String kind = argument.substring(0, argument.indexOf(':'));
            int port = Integer.parseInt(argument.substring(kind.length() + 1));
            switch (kind) {
              case "channel" -> channel(port);
              case "socket" -> socket(port);
              default -> asynchronous(port);
            }
          }
        }

        private static void channel(int port) throws IOException {
          try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(port));
            report("channel", ((InetSocketAddress) listener.getLocalAddress()).getPort(),
                () -> listener.accept().socket());
          }
        }

        private static void socket(int port) throws IOException {
          try (ServerSocket listener = new ServerSocket(port)) {
            report("socket", listener.getLocalPort(), listener::accept);
          }
        }

        private static void asynchronous(int port) throws IOException {
          try (AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(port));
            int actual = ((InetSocketAddress) listener.getLocalAddress()).getPort();
            try (Socket client = new Socket("127.0.0.1", actual)) {
              AsynchronousSocketChannel accepted = listener.accept().get();
              Channels.newOutputStream(accepted).write(7);
              System.out.println("asynchronous " + actual + " " + client.getInputStream().read());
            } catch (Exception e) {
              throw new IOException(e);
            }
          }
        }

        interface Accept {
          Socket once() throws IOException;
        }

        private static void report(String kind, int port, Accept accept) throws IOException {
          try (Socket client = new Socket("127.0.0.1", port);
              Socket accepted = accept.once()) {
            client.getOutputStream().write(7);
            int got = accepted.getInputStream().read();
            System.out.println(kind + " " + port + " " + got);
          }
        }
      }
      """;

  /** Does what each line of its input says. */
  private static final String STEPS =
      """
      import java.io.*;
      import java.net.InetSocketAddress;
      import java.nio.channels.ServerSocketChannel;

      public class Steps {
        public static void main(String[] arguments) throws IOException {
          BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
          ServerSocketChannel listener = null;
          for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
              String answer = "ok";
              switch (line) {
                case "open" -> listener = ServerSocketChannel.open();
                case "bind" -> listener.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 1);
                case "non-blocking" -> listener.configureBlocking(false);
                case "blocking" -> listener.configureBlocking(true);
                case "accept" -> answer = "" + (listener.accept() != null);
                default -> {
                  if (listener != null) {
                    listener.close();
                  }
                }
              }
              System.out.println(answer);
            } catch (IOException e) {
              System.out.println(e);
            }
          }
        }
      }
      """;

  @TempDir private static Path directory;
  private static ExecRig rig;
  private static int listenerPort;

  /** Runs as long as the tests, because the start of a JVM takes most of their time. */
  private static Stepper first;

  /** Those that end with the test. */
  private final List<Stepper> others = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    WorkerJar.compile(directory, "", "Sockets", SOCKETS);
    WorkerJar.compile(directory, "", "Steps", STEPS);
    rig = ExecRig.ofCheckout(directory);
    listenerPort = ServerProgram.freePort();
    first = new Stepper();
  }

  @AfterAll
  static void stop() {
    if (rig != null) {
      rig.close();
    }
  }

  private static List<String> line(String java, String options, String... program) {
    return ServerAgent.line(java, options, directory.toString(), program);
  }

  // ---- what a program sees

  static List<String> jvms() {
    return WorkerJar.jvms().stream().distinct().toList();
  }

  /** By their names, which the options give other addresses, and by their own addresses. */
  @ParameterizedTest
  @MethodSource("jvms")
  void shouldGiveSocketsTheFdsOfExec(String java) throws Exception {
    int port = ServerProgram.freePort();
    ExecRig.Result result =
        rig.run(
            rig.execLine(
                List.of(
                    "--open",
                    "one=tcp-listen:127.0.0.1:0",
                    "--open",
                    "two=tcp-listen:0",
                    "--open",
                    "three=tcp-listen:127.0.0.1:" + port),
                line(
                    java,
                    "one=tcp:*:11,two=tcp:*:12",
                    "Sockets",
                    "channel:11",
                    "socket:12",
                    // closed after the first, and bound again
                    "channel:" + port,
                    "socket:" + port)));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).hasSize(4);
    assertThat(result.out().get(0)).matches("channel \\d{4,5} 7");
    assertThat(result.out().get(1)).matches("socket \\d{4,5} 7");
    assertThat(result.out().subList(2, 4))
        .containsExactly("channel " + port + " 7", "socket " + port + " 7");
  }

  @Test
  void shouldOpenListenersAtTheBrokerAndLeaveOtherAddressesToTheJdk() throws Exception {
    int port = ServerProgram.freePort();
    ExecRig.Result result =
        rig.run(
            line(
                JAVA,
                "opened=tcp:*:" + port + ",other=tcp:*:9,retain=1m",
                "Sockets",
                "channel:" + port,
                "socket:" + port,
                "asynchronous:" + port,
                "socket:0"));

    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .hasSize(4)
        .startsWith(
            "channel " + port + " 7", "socket " + port + " 7", "asynchronous " + port + " 7");
    assertThat(rig.port("opened")).isEqualTo(port);
    assertThat(rig.holders("other")).isEmpty();
  }

  // ---- what the other holders see

  /** A program that runs steps. */
  private static final class Stepper {
    final Process process;
    private final Writer in;

    Stepper() throws IOException {
      this(
          rig.start(
              line(JAVA, NAME + "=tcp:127.0.0.1:" + listenerPort, "Steps", "" + listenerPort)));
    }

    private Stepper(Process process) {
      this.process = process;
      in = process.outputWriter();
    }

    static Stepper byExec(String java) throws IOException {
      return new Stepper(
          rig.exec(
              List.of("--open", NAME + "=tcp-listen:127.0.0.1:" + listenerPort),
              line(java, "", "Steps", "" + listenerPort)));
    }

    String answer(String step) throws IOException {
      in.write(step + "\n");
      in.flush();
      return ExecRig.line(process);
    }

    void does(String... steps) throws IOException {
      for (String step : steps) {
        assertThat(answer(step)).as(step).isEqualTo("ok");
      }
    }
  }

  /** Ends the listener, because the next test opens it again. */
  @AfterEach
  void closeListener() throws Exception {
    first.does("close");
    for (Stepper it : others) {
      ExecRig.kill(it.process);
    }
    others.clear();
    await().atMost(DEADLINE).until(() -> rig.holders(NAME).isEmpty());
  }

  @Test
  void shouldHoldTheListenerAsLongAsItIsOpen() throws Exception {
    for (int i = 0; i < 2; i++) {
      first.does("open", "bind");
      assertThat(rig.holders(NAME)).containsExactly((int) first.process.pid());
      first.does("close");
      await().atMost(DEADLINE).until(() -> rig.holders(NAME).isEmpty());
    }
  }

  @Test
  void shouldKeepTheBacklog() throws Exception {
    first.does("open", "bind");
    List<Socket> clients = new ArrayList<>();
    try {
      // the program asks for a queue of 2
      for (int i = 0; i < 10; i++) {
        Socket client = new Socket();
        clients.add(client);
        client.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), listenerPort),
            (int) DEADLINE.toMillis());
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void shouldNotMakeTheListenerOfOthersBlocking() throws Exception {
    first.does("open", "non-blocking", "bind");
    Stepper blocking = new Stepper();
    others.add(blocking);
    blocking.does("open", "bind", "blocking");

    assertThat(flags(blocking.process, NAME) & O_NONBLOCK).isEqualTo(O_NONBLOCK);
    assertThat(first.answer("accept")).isEqualTo("false");
  }

  @Test
  void shouldJoinTheListenerOfAProgramUnderExec() throws Exception {
    Stepper former = Stepper.byExec(WorkerJar.JVM_OF_MAVEN);
    others.add(former);
    former.does("open", "bind", "non-blocking");
    first.does("open", "non-blocking", "bind");

    assertThat(former.answer("accept")).isEqualTo("false");
    assertThat(first.answer("accept")).isEqualTo("false");
    assertThat(rig.holders(NAME))
        .containsExactlyInAnyOrder((int) former.process.pid(), (int) first.process.pid());
  }

  /** The flags of the process's listener. */
  private static int flags(Process process, String name) throws IOException {
    Path own = Path.of("/proc/" + process.pid());
    String socket = "socket:[" + rig.inode(name) + "]";
    try (Stream<Path> fds = Files.list(own.resolve("fd"))) {
      for (Path fd : fds.toList()) {
        if (Files.readSymbolicLink(fd).toString().equals(socket)) {
          return flags(own.resolve("fdinfo").resolve(fd.getFileName()));
        }
      }
    }
    throw new AssertionError("no fd of " + socket);
  }

  private static int flags(Path fdInfo) throws IOException {
    return Files.readAllLines(fdInfo).stream()
        .filter(it -> it.startsWith("flags:"))
        .mapToInt(it -> Integer.parseInt(it.substring("flags:".length()).strip(), 8))
        .findFirst()
        .orElseThrow();
  }

  // ---- what is wrong

  @Test
  void shouldSayThatAnOldJavaNeedsExec() throws Exception {
    Needs.that(!WorkerJar.JVM_OF_MAVEN.equals(JAVA), "Maven on an older Java");
    ExecRig.Result result =
        rig.run(line(WorkerJar.JVM_OF_MAVEN, "web=tcp:*:8080", "Sockets", "channel:8080"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("cannot get the listener 'web' from the broker: that needs Java 22 or later")
        .contains("sockbroker exec --open web=tcp-listen:[::]:8080");
  }

  @Test
  void shouldSayThatNoListenerIsGiven() throws Exception {
    ExecRig.Result result = rig.run(line(JAVA, "", "Sockets", "channel:0"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("sockbroker-agent: no listener is given; ");
  }

  @Test
  void shouldFailTheBindWithoutABroker() throws Exception {
    Program.Result result =
        Program.run(
            Map.of("SOCKBROKER_SOCKET", directory.resolve("none").toString()),
            line(JAVA, "web=tcp:*:8080", "Sockets", "channel:8080"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("java.net.ConnectException", directory.resolve("none").toString());
  }
}
