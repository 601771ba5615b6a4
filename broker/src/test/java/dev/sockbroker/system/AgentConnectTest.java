package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import com.sun.net.httpserver.SimpleFileServer.OutputLevel;
import dev.sockbroker.client.Broker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs whose connections the broker makes, in a network namespace without a network. */
class AgentConnectTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String JAVA = BrokerProcess.JAVA.toString();
  private static final String HOSTS = "127.0.0.1 repository.test\n";
  private static final long MAVEN_SECONDS = 300;

  /** Connects in every way that the JDK has, to the host and port of its arguments. */
  private static final String CLIENTS =
      """
      import java.io.*;
      import java.net.*;
      import java.net.http.*;
      import java.nio.ByteBuffer;
      import java.nio.channels.*;

      public class Clients {
        private static final byte[] REQUEST = "GET / HTTP/1.0\\r\\n\\r\\n".getBytes();
        private static InetSocketAddress server;

        public static void main(String[] arguments) throws Exception {
          server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
          socket(new Socket(arguments[0], server.getPort()));
          timed();
          SocketChannel channel = SocketChannel.open(server);
          socket(channel.socket());
          adapted();
          selected();
          HttpResponse<Void> response =
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(URI.create("http://" + server.getHostName() + ":" + server.getPort())).build(),
                      HttpResponse.BodyHandlers.discarding());
          System.out.println("http client " + response.statusCode());
          virtual();
          failing(() -> new Socket(arguments[0], 1));
          failing(() -> SocketChannel.open(new InetSocketAddress(arguments[0], 1)));
          failing(() -> new Socket("nobody.invalid", 1));
        }

        private static void socket(Socket socket) throws IOException {
          try (socket) {
            socket.getOutputStream().write(REQUEST);
            System.out.println(
                socket.getInetAddress().getHostName() + " " + new String(socket.getInputStream().readAllBytes(), 9, 3));
          }
        }

        private static void timed() throws IOException {
          Socket socket = new Socket();
          socket.setTcpNoDelay(true);
          socket.setKeepAlive(true);
          socket.connect(server, 30_000);
          System.out.println(socket.getTcpNoDelay() + " " + socket.getKeepAlive());
          socket(socket);
        }

        private static void adapted() throws IOException {
          SocketChannel channel = SocketChannel.open();
          channel.socket().connect(server, 30_000);
          socket(channel.socket());
        }

        private static void selected() throws IOException {
          try (Selector selector = Selector.open(); SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            int selects = 0;
            for (boolean is = channel.connect(server); !is; is = key.isConnectable() && channel.finishConnect()) {
              selector.select();
              selector.selectedKeys().clear();
              selects++;
            }
            // the same events in the kernel, and so no call of it
            key.interestOps(SelectionKey.OP_WRITE);
            selector.select();
            selector.selectedKeys().clear();
            channel.write(ByteBuffer.wrap(REQUEST));
            key.interestOps(SelectionKey.OP_READ);
            selector.select();
            System.out.println("selected " + selects + " " + key.isReadable());
          }
        }

        private static void virtual() throws Exception {
          Runnable use = () -> {
            try {
              socket(new Socket(server.getHostName(), server.getPort()));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          };
          ((Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, use)).join();
        }

        interface Connect {
          Object now() throws IOException;
        }

        private static void failing(Connect connect) {
          try {
            System.out.println(connect.now());
          } catch (IOException e) {
            System.out.println(e);
          }
        }
      }
      """;

  /** Gives up, and connects again when it is told to. */
  private static final String IMPATIENT =
      """
      import java.io.IOException;
      import java.net.*;

      public class Impatient {
        public static void main(String[] arguments) throws IOException {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 100);
          } catch (SocketTimeoutException e) {
            System.out.println(e.getMessage());
          }
          System.in.read();
        }
      }
      """;

  private static final String SETTINGS =
      """
      <settings>
        <mirrors>
          <mirror>
            <id>test</id>
            <mirrorOf>*</mirrorOf>
            <url>http://repository.test:%s/</url>
          </mirror>
        </mirrors>
      </settings>
      """;

  /** Maven needs no plugin for it. */
  private static final String PROJECT =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>test</groupId>
        <artifactId>test</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
        <build>
          <extensions>
            <extension>
              <groupId>org.assertj</groupId>
              <artifactId>assertj-core</artifactId>
              <version>3.27.6</version>
            </extension>
          </extensions>
        </build>
      </project>
      """;

  private static final String ARTIFACT = "org/assertj/assertj-core/3.27.6/assertj-core-3.27.6.jar";

  @TempDir private static Path directory;
  private static BrokerProcess broker;
  private static HttpServer server;

  @BeforeAll
  static void start() throws Exception {
    Needs.programs("unshare");
    WorkerJar.compile(directory, "", "Clients", CLIENTS);
    WorkerJar.compile(directory, "", "Impatient", IMPATIENT);
    broker = BrokerProcess.startKnowing(HOSTS);
    Path files = Path.of(System.getProperty("maven.repository"));
    server =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), files, OutputLevel.NONE);
    server.start();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.stop(0);
    }
    if (broker != null) {
      broker.close();
    }
  }

  private static List<String> withoutNetwork(String... program) {
    return Stream.concat(
            Stream.of("unshare", "--net"),
            ServerAgent.line(JAVA, "connect=broker", directory.toString(), program).stream())
        .toList();
  }

  private static String port() {
    return Integer.toString(server.getAddress().getPort());
  }

  @Test
  void shouldConnectInEveryWayOfTheJdk() throws Exception {
    Program.Result result =
        Program.run(
            Map.of("SOCKBROKER_SOCKET", broker.socket().toString()),
            withoutNetwork("Clients", "repository.test", port()));

    assertThat(result.err()).isEmpty();
    assertThat(result.out().lines())
        .containsExactly(
            "repository.test 200",
            "true true",
            "repository.test 200",
            "repository.test 200",
            "repository.test 200",
            "selected 1 true",
            "http client 200",
            "repository.test 200",
            "java.net.ConnectException: Connection refused",
            "java.net.ConnectException: Connection refused",
            "java.net.UnknownHostException: nobody.invalid");
    try (Broker looking = Broker.connect(broker.socket())) {
      await().atMost(DEADLINE).until(() -> looking.list().isEmpty());
    }
  }

  /** The JDK's own time limit ends the attempt, also at the broker. */
  @Test
  void shouldGiveUpAtTheBroker() throws Exception {
    List<SocketChannel> queued = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Broker looking = Broker.connect(broker.socket())) {
      // Linux lets in one more than the backlog, and answers nobody after that.
      for (int i = 0; i < 4; i++) {
        SocketChannel it = SocketChannel.open();
        it.configureBlocking(false);
        it.connect(silent.getLocalSocketAddress());
        queued.add(it);
      }
      String port = Integer.toString(silent.getLocalPort());
      Process program =
          WorkerJar.start(broker, withoutNetwork("Impatient", "repository.test", port));
      try {
        assertThat(program.inputReader().readLine()).isEqualTo("Connect timed out");
        await().atMost(DEADLINE).until(() -> looking.list().isEmpty());
      } finally {
        program.destroyForcibly();
      }
    } finally {
      for (SocketChannel it : queued) {
        it.close();
      }
    }
  }

  /**
   * Maven gets an artifact, for its own class path, from a repository that only the broker reaches.
   */
  @Test
  @Timeout(MAVEN_SECONDS + 60)
  void shouldLetMavenFetchAnArtifact() throws Exception {
    Needs.programs("mvn");
    Path project = Files.createDirectory(directory.resolve("project"));
    Path settings = Files.writeString(project.resolve("settings.xml"), SETTINGS.formatted(port()));
    Files.writeString(project.resolve("pom.xml"), PROJECT);
    Path fresh = project.resolve("repository");
    Path log = project.resolve("mvn.log");
    ProcessBuilder maven =
        new ProcessBuilder(
                "unshare",
                "--net",
                "mvn",
                "-B",
                "-s",
                settings.toString(),
                "-Dmaven.repo.local=" + fresh,
                "validate")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Path home = Path.of(JAVA).getParent().getParent();
    maven.environment().put("JAVA_HOME", home.toString());
    maven.environment().put("MAVEN_OPTS", "-javaagent:" + ServerAgent.PATH + "=connect=broker");
    maven.environment().put("SOCKBROKER_SOCKET", broker.socket().toString());
    Process process = maven.start();
    if (!process.waitFor(MAVEN_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }

    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    assertThat(fresh.resolve(ARTIFACT))
        .hasSameBinaryContentAs(Path.of(System.getProperty("maven.repository")).resolve(ARTIFACT));
  }
}
