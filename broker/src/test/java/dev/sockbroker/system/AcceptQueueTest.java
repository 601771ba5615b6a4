package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.DescriptorInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Server sockets that accept ahead (rule 74): no connection is lost and none waits for nothing. */
class AcceptQueueTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration RETAIN = Duration.ofMinutes(1);

  /** Enough accepts to show that the program is quick. */
  private static final int QUICK = 40;

  private final List<Socket> clients = new ArrayList<>();
  private final List<Socket> accepted = new ArrayList<>();
  private BrokerProcess process;
  private Broker one;
  private Broker other;
  private ServerSocket first;
  private ServerSocket second;

  @BeforeEach
  void listen() throws IOException {
    process = BrokerProcess.start();
    one = Broker.connect(process.socket());
    other = Broker.connect(process.socket());
    first = new BrokerServerSocketFactory(one, "web", RETAIN).createServerSocket(0, 100, LOOPBACK);
    int port = first.getLocalPort();
    second =
        new BrokerServerSocketFactory(other, "web", RETAIN).createServerSocket(port, 100, LOOPBACK);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket it : clients) {
      it.close();
    }
    for (Socket it : accepted) {
      it.close();
    }
    one.close();
    other.close();
    process.close();
  }

  /** Clients connect. Each sends its number. */
  private void dial(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket client = new Socket(LOOPBACK, first.getLocalPort());
      client.getOutputStream().write((clients.size() + "\n").getBytes(UTF_8));
      clients.add(client);
    }
  }

  private Socket accept(ServerSocket from) throws IOException {
    Socket next = from.accept();
    accepted.add(next);
    return next;
  }

  private static int number(Socket connection) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int it = connection.getInputStream().read(); it != '\n'; ) {
      text.append((char) it);
      it = connection.getInputStream().read();
    }
    return Integer.parseInt(text.toString());
  }

  private long heldByFirst() throws IOException {
    return one.list().stream()
        .map(DescriptorInfo::session)
        .filter(it -> it == one.session())
        .count();
  }

  /** Accepts quickly, and then one of several connections. Returns that one. */
  private Socket acceptAhead(int count) throws IOException {
    dial(QUICK);
    for (int i = 0; i < QUICK; i++) {
      accept(first);
    }
    dial(count);
    long before = heldByFirst();
    Socket next = accept(first);
    assertThat(heldByFirst() - before).as("accepted ahead").isGreaterThan(1);
    return next;
  }

  @Test
  void shouldAcceptInTheOrderOfTheConnects() throws Exception {
    assertThat(number(acceptAhead(10))).isEqualTo(QUICK);
    for (int i = 1; i < 10; i++) {
      assertThat(number(accept(first))).isEqualTo(QUICK + i);
    }
  }

  @Test
  void shouldLeaveToOthersWhatAClosedServerSocketHasNotAccepted() throws Exception {
    Socket mine = acceptAhead(10);
    first.close();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i < 10; i++) {
      numbers.add(number(accept(second)));
    }
    assertThat(numbers).doesNotHaveDuplicates().hasSize(9);
    assertThat(number(mine)).as("accepted, though not used before the close").isEqualTo(QUICK);
    assertThat(numbers).doesNotContain(QUICK);
  }

  @Test
  void shouldLeaveToOthersWhatAnEndedSessionHasNotUsed() throws Exception {
    acceptAhead(10);
    one.close();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i < 10; i++) {
      numbers.add(number(accept(second)));
    }
    assertThat(numbers).doesNotHaveDuplicates();
  }

  @Test
  void shouldLeaveToOthersWhatAProgramThatBecameSlowHasNotAccepted() throws Exception {
    acceptAhead(10);
    second.setSoTimeout(30_000);
    for (int i = 1; i < 10; i++) {
      assertThat(number(accept(second))).isGreaterThan(QUICK);
    }
  }

  @Test
  void shouldNotTakeFromOthersWhatASlowProgramCannotServe() throws Exception {
    dial(3);
    for (int i = 0; i < 3; i++) {
      accept(first);
      // the program serves a connection before it accepts the next one
      TimeUnit.MILLISECONDS.sleep(20);
    }
    dial(2);
    accept(first);
    second.setSoTimeout(30_000);
    assertThat(number(accept(second))).isEqualTo(4);
  }

  @Test
  void shouldServeEachThreadThatAccepts() throws Exception {
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    List<Future<Integer>> numbers = new ArrayList<>();
    Callable<Integer> serve =
        () -> {
          try (Socket connection = first.accept()) {
            return number(connection);
          }
        };
    for (int i = 0; i < 50; i++) {
      numbers.add(pool.submit(serve));
    }
    dial(50);
    List<Integer> served = new ArrayList<>();
    for (Future<Integer> it : numbers) {
      served.add(it.get(30, TimeUnit.SECONDS));
    }
    assertThat(served).doesNotHaveDuplicates();
    pool.shutdown();
    await().until(() -> pool.awaitTermination(0, TimeUnit.SECONDS));
  }
}
