package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The workers' jar does not affect the libraries and logging of the application. */
class WorkerJarTest {
  private static final int JAVA_17 = 61;
  private static final int JAVA_22 = 66;

  /** Classes that only Java 22 and later load. */
  private static final String FOR_JAVA_22 = "META-INF/versions/22/";

  @TempDir private Path directory;

  @Test
  void shouldHaveItsOwnPackagesOnly() throws IOException {
    try (JarFile jar = new JarFile(WorkerJar.PATH.toFile())) {
      List<String> files =
          jar.stream().filter(it -> !it.isDirectory()).map(JarEntry::getName).toList();

      assertThat(files)
          .contains(
              "dev/sockbroker/client/Broker.class", "META-INF/LICENSE", "META-INF/THIRD-PARTY")
          .allMatch(
              file ->
                  file.matches("(" + FOR_JAVA_22 + ")?dev/sockbroker/(client|protocol)/.*[.]class")
                      || file.matches(
                          "META-INF/(MANIFEST[.]MF|LICENSE|THIRD-PARTY|(third-party|sbom)/.*)"));
      assertThat(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
          .isEqualTo("dev.sockbroker.client");
      assertThat(jar.isMultiRelease()).isTrue();
    }
  }

  @Test
  void shouldRunOnJava17() throws IOException {
    try (JarFile jar = new JarFile(WorkerJar.PATH.toFile())) {
      for (JarEntry entry : jar.stream().filter(it -> it.getName().endsWith(".class")).toList()) {
        try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
          assertThat(in.readInt()).isEqualTo(0xcafebabe);
          in.readUnsignedShort();
          int max = entry.getName().startsWith(FOR_JAVA_22) ? JAVA_22 : JAVA_17;
          assertThat(in.readUnsignedShort()).as(entry.getName()).isLessThanOrEqualTo(max);
        }
      }
    }
  }

  @Test
  void shouldNameTheModuleOfTheBrokersJar() throws IOException {
    try (JarFile jar = new JarFile(BrokerProcess.JAR.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
          .isEqualTo("dev.sockbroker.broker");
    }
  }

  @Test
  void shouldLeaveTheLoggingToTheApplication() throws Exception {
    Files.writeString(
        directory.resolve("logback.xml"),
        """
        <configuration>
          <appender name="APP" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>application's own: %msg%n</pattern></encoder>
          </appender>
          <root level="info"><appender-ref ref="APP"/></root>
        </configuration>
        """);
    String program =
        """
        import dev.sockbroker.client.*;

        public class App {
          public static void main(String[] arguments) throws Exception {
            org.slf4j.LoggerFactory.getLogger("app").info("hello");
            try (Broker broker = Broker.connect()) {
              System.out.println("session " + (broker.session() > 0));
            }
          }
        }
        """;
    String libraries = WorkerJar.with("slf4j-api", "logback-classic", "logback-core");
    String classPath = WorkerJar.compile(directory, libraries, "App", program);
    for (String java : WorkerJar.jvms()) {
      Program.Result result = run(java, classPath);

      assertThat(result.out().lines())
          .as(java)
          .containsExactly("application's own: hello", "session true");
      assertThat(result.err()).isEmpty();
    }
  }

  @Test
  void shouldUseTheApplicationsNetty() throws Exception {
    String program =
        """
        import dev.sockbroker.client.*;
        import io.netty.bootstrap.ServerBootstrap;
        import io.netty.channel.*;
        import io.netty.channel.epoll.*;

        public class App {
          public static void main(String[] arguments) throws Exception {
            EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
            try (Broker broker = Broker.connect();
                SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
              Channel channel =
                  new ServerBootstrap()
                      .group(group)
                      .channelFactory(BrokerChannelFactory.server(web))
                      .childHandler(new ChannelInboundHandlerAdapter())
                      .register()
                      .sync()
                      .channel();
              System.out.println(channel.isActive());
              System.out.println(channel.localAddress().equals(web.localAddress()));
            } finally {
              group.shutdownGracefully();
            }
          }
        }
        """;
    String classPath = WorkerJar.compile(directory, WorkerJar.with("netty-"), "App", program);
    for (String java : WorkerJar.jvms()) {
      assertThat(run(java, classPath).out().lines()).as(java).containsExactly("true", "true");
    }
  }

  private static Program.Result run(String java, String classPath) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      return Program.run(
              Map.of("SOCKBROKER_SOCKET", broker.socket().toString()),
              List.of(java, "-cp", classPath, "App"))
          .orFail();
    }
  }
}
