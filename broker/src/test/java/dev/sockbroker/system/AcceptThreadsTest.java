package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The threads that accept from exported listeners are limited and shown (rules 20, 46). */
class AcceptThreadsTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final BrokerProcess process = BrokerProcess.start("--limit=session-threads=1");
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void stop() throws IOException {
    broker.close();
    process.close();
  }

  @Test
  void shouldRefuseAnAcceptWhileTheThreadOfAnotherHangs() throws Exception {
    try (SharedSocket first = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        SharedSocket second = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        ExportedSocket _ = first.exportBlocking();
        ExportedSocket _ = second.exportBlocking()) {
      CompletableFuture<SharedSocket> hangs;
      try (Frozen frozen = freezeAnAccept(first)) {
        hangs = frozen.accept();
        assertThat(shown()).contains("\"threads\":1,");
        CompletableFuture<SharedSocket> refused = accept(second);
        assertThatThrownBy(() -> refused.get(30, TimeUnit.SECONDS))
            .hasMessageContaining("ENOBUFS")
            .hasMessageContaining("1 of 1 threads");
        assertThat(hangs).isNotDone();
      }
      hangs.get(30, TimeUnit.SECONDS).close();
      second.accept(SOON).close();
      await().atMost(SOON).until(() -> shown().contains("\"threads\":0,"));
    }
  }

  private String shown() throws Exception {
    return Command.to(process.socket()).run("show", "--broker", "--json").out();
  }

  /** An accept whose thread is blocked in accept4(2) until this is closed. */
  private record Frozen(PythonProgram freezer, CompletableFuture<SharedSocket> accept)
      implements Closeable {
    @Override
    public void close() throws IOException {
      freezer.close();
    }
  }

  private Frozen freezeAnAccept(SharedSocket listener) throws Exception {
    while (true) {
      accept(listener).get(30, TimeUnit.SECONDS).close();
      PythonProgram freezer = new PythonProgram("freeze.py", acceptor(), "accept4");
      CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> line(freezer));
      CompletableFuture<SharedSocket> last;
      do {
        last = accept(listener);
        CompletableFuture.anyOf(last, said).get(30, TimeUnit.SECONDS);
      } while (!said.isDone());
      if (said.join().equals("frozen")) {
        return new Frozen(freezer, last);
      }
      freezer.close(); // another thread did the work, so this one was idle and has ended
    }
  }

  private static String line(PythonProgram program) {
    try {
      return program.line();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An accept with a connection for it. */
  private static CompletableFuture<SharedSocket> accept(SharedSocket listener) throws IOException {
    CompletableFuture<SharedSocket> accepted = listener.acceptAsync();
    try (SocketChannel _ = SocketChannel.open((InetSocketAddress) listener.localAddress())) {
      return accepted;
    }
  }

  private String acceptor() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      return all.filter(AcceptThreadsTest::isAcceptor)
          .map(task -> task.getFileName().toString())
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean isAcceptor(Path task) {
    try {
      return Files.readString(task.resolve("comm")).startsWith("acceptor");
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
