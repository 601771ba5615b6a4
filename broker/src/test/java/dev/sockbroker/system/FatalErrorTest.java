package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broker that cannot continue exits with one line that gives the reason. It never hangs. */
@Timeout(180)
class FatalErrorTest {
  private static final int FATAL = 70;

  @TempDir private Path directory;

  /** In every place where other code would catch the error and continue. */
  @ParameterizedTest(name = "{1} in {0}")
  @CsvSource({
    "dev.sockbroker.broker.core.Conductor, onRequest",
    "dev.sockbroker.broker.core.Turn, end",
    "dev.sockbroker.broker.core.Timers, run",
    "dev.sockbroker.broker.os.Readiness, handle",
    "dev.sockbroker.broker.os.Acceptor, run",
    "dev.sockbroker.broker.session.FrameAdapter, begin",
    "dev.sockbroker.broker.session.FrameAdapter, onBytes",
    "dev.sockbroker.broker.session.FrameAdapter, onClosed",
    "dev.sockbroker.broker.session.ClientConnection, flush",
    "dev.sockbroker.broker.LogLines, encode",
    "io.netty.channel.epoll.EpollIoHandler, run",
  })
  void shouldEndWhereverAnErrorIsThrown(String className, String method) throws Exception {
    try (ServeProcess broker = withFault(className, method, StackOverflowError.class)) {
      provoke(broker.socket());

      assertThat(broker.exitCode()).as(broker.lines().toString()).isEqualTo(FATAL);
      assertSaysWhyInOneLine(broker, "java.lang.StackOverflowError: injected");
    }
  }

  @Test
  void shouldEndInTimeWhenStoppingFails() throws Exception {
    String conductor = "dev.sockbroker.broker.core.Conductor";
    try (ServeProcess broker = withFault(conductor, "onStopping", NoClassDefFoundError.class)) {
      assertThat(broker.terminate()).as(broker.lines().toString()).isEqualTo(FATAL);
      assertSaysWhyInOneLine(broker, "java.lang.NoClassDefFoundError: injected");
    }
  }

  @Test
  void shouldSayThatItNeedsMoreMemory() throws Exception {
    String conductor = "dev.sockbroker.broker.core.Conductor";
    try (ServeProcess broker = withFault(conductor, "onRequest", OutOfMemoryError.class)) {
      provoke(broker.socket());

      assertThat(broker.exitCode()).isEqualTo(FATAL);
      assertSaysWhyInOneLine(broker, "SOCKBROKER_JAVA_OPTS=-Xmx");
    }
  }

  @Test
  void shouldEndWhenTheLoopHangs() throws Exception {
    List<String> jar = ServeProcess.jar();
    try (ServeProcess broker = ServeProcess.start(directory, Map.of(), jar, "--watchdog", "5s")) {
      try (PythonProgram _ = freezeLoop(broker)) {
        broker.awaitLine("the event loop has not run for");
      }
      // its last thread ends when the tracer has detached
      assertThat(broker.exitCode()).isEqualTo(FATAL);
    }
  }

  @Test
  void shouldEndOnSigtermWhenTheLoopHangs() throws Exception {
    try (ServeProcess broker = ServeProcess.start(directory, Map.of(), ServeProcess.jar())) {
      try (PythonProgram _ = freezeLoop(broker)) {
        broker.handle().destroy();
        broker.awaitLine("the event loop has been hanging");
      }
      assertThat(broker.exitCode()).isEqualTo(FATAL);
    }
  }

  private ServeProcess withFault(String className, String method, Class<?> error) throws Exception {
    String agent = FaultAgent.option(directory, className, method, error);
    ServeProcess broker =
        ServeProcess.start(directory, Map.of(), ServeProcess.jar(agent), "--keep=none");
    assertThat(broker.isAlive()).as(broker.lines().toString()).isTrue();
    Files.createFile(FaultAgent.trigger(directory));
    return broker;
  }

  /**
   * Reaches every place above: requests, a timer, datagrams, an accept on a separate thread, a log
   * line.
   */
  private static void provoke(Path socket) {
    try (WireClient noSession = WireClient.connect(socket)) {
      noSession.write(ByteBuffer.allocate(100));
      try (Broker broker = Broker.connect(socket);
          SharedSocket datagrams = broker.open(SocketSpec.udp("127.0.0.1", 0));
          SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
        datagrams.receiveAsync(ByteBuffer.allocate(10), Duration.ofMillis(1));
        datagrams.receiveAsync(ByteBuffer.allocate(10));
        datagrams.sendTo(ByteBuffer.allocate(10), datagrams.localAddress());
        listener.exportBlocking();
        listener.acceptAsync();
        new Socket().connect(listener.localAddress());
      }
    } catch (IOException e) {
      // the broker has ended, as it should
      return;
    }
  }

  private PythonProgram freezeLoop(ServeProcess broker) throws IOException {
    Path tasks = Path.of("/proc/" + broker.handle().pid() + "/task");
    String loop;
    try (Stream<Path> all = Files.list(tasks)) {
      loop = all.filter(FatalErrorTest::isLoop).findFirst().orElseThrow().getFileName().toString();
    }
    PythonProgram freezer = new PythonProgram("freeze.py", loop);
    assertThat(freezer.line()).isEqualTo("frozen");
    return freezer;
  }

  private static boolean isLoop(Path task) {
    try {
      return Files.readString(task.resolve("comm")).startsWith("loop-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertSaysWhyInOneLine(ServeProcess broker, String why) {
    List<String> after =
        broker.lines().stream().dropWhile(line -> !line.contains(" ready ")).skip(1).toList();
    assertThat(after.stream().filter(line -> line.contains("cannot continue")))
        .as(after.toString())
        .hasSize(1)
        .allMatch(line -> line.contains(why));
    assertThat(after).hasSizeLessThan(4).noneMatch(line -> line.contains("\tat "));
  }
}
