package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A module that requires the client library, on both JVMs, with the separate jars and with the
 * single jar.
 */
@Timeout(120)
class ModuleTest {
  @TempDir private Path directory;

  @BeforeEach
  void writeProgram() throws IOException {
    Files.writeString(
        Files.createDirectory(directory.resolve("app")).resolve("App.java"),
        """
        package app;

        import dev.sockbroker.client.Broker;
        import dev.sockbroker.client.SharedSocket;
        import dev.sockbroker.client.SocketSpec;
        import dev.sockbroker.protocol.Right;

        public class App {
          public static void main(String[] arguments) throws Exception {
            try (Broker broker = Broker.connect();
                SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
              System.out.println(App.class.getModule() + ", " + Right.RECV);
              System.out.println(Broker.class.getModule().getName());
              System.out.println(socket.localAddress() != null);
            }
          }
        }
        """);
  }

  @Test
  void shouldRequireTheClientsModule() throws Exception {
    writeModule("requires dev.sockbroker.client;");

    assertCompilesAndRuns(jars("sockbroker-client-1", "sockbroker-protocol-1", "jackson-core-"));
  }

  @Test
  void shouldRequireTheWorkersJarByTheSameName() throws Exception {
    // An automatic module cannot declare the JDK modules that it needs.
    writeModule("requires dev.sockbroker.client; requires jdk.net;");

    assertCompilesAndRuns(WorkerJar.PATH.toString());
  }

  private void writeModule(String directives) throws IOException {
    String text = "module example.app { " + directives + " }";
    Files.writeString(directory.resolve("module-info.java"), text);
  }

  private void assertCompilesAndRuns(String modules) throws Exception {
    Path classes = directory.resolve("classes");
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "--release",
                "17",
                "-Xlint:all,-requires-automatic",
                "-Werror",
                "-p",
                modules,
                "-d",
                classes.toString(),
                directory.resolve("module-info.java").toString(),
                directory.resolve("app/App.java").toString());
    assertThat(code).isZero();
    for (String java : WorkerJar.jvms()) {
      assertThat(run(java, modules + File.pathSeparator + classes).lines())
          .as(java)
          .containsExactly("module example.app, RECV", "dev.sockbroker.client", "true");
    }
  }

  private static String run(String java, String modules) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      return Program.run(
              Map.of("SOCKBROKER_SOCKET", broker.socket().toString()),
              List.of(java, "-p", modules, "-m", "example.app/app.App"))
          .orFail()
          .out();
    }
  }

  /** Jars of the tests' class path. */
  private static String jars(String... names) {
    String[] all = System.getProperty("java.class.path").split(File.pathSeparator);
    List<String> found =
        Stream.of(names)
            .flatMap(
                name ->
                    Arrays.stream(all)
                        .filter(jar -> Path.of(jar).getFileName().toString().startsWith(name)))
            .toList();
    assertThat(found).hasSameSizeAs(names);
    return found.stream().collect(Collectors.joining(File.pathSeparator));
  }
}
