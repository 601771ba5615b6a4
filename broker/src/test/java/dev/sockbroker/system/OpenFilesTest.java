package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Every fd that a client makes the broker open is counted, and clients cannot use them to lock
 * others out.
 */
class OpenFilesTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final List<WireClient> clients = new ArrayList<>();

  @AfterEach
  void disconnect() throws IOException {
    for (WireClient it : clients) {
      it.close();
    }
  }

  private WireClient connect(BrokerProcess broker) throws IOException {
    WireClient client = WireClient.connect(broker.socket());
    clients.add(client);
    return client;
  }

  private static int counted(WireClient observer) throws IOException {
    return observer.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).fileDescriptors();
  }

  private static Request tcp() {
    return Request.Open.of(Family.INET, SocketType.STREAM);
  }

  @Test
  void shouldKeepNoFdForWhomItRefuses() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start("--limit=sessions=3");
        WireClient observer = WireClient.welcomed(broker.socket())) {
      for (int i = 0; i < 2; i++) {
        assertThat(connect(broker).hello()).isInstanceOf(Reply.Welcome.class);
      }
      for (int i = 0; i < 3; i++) {
        assertThat(connect(broker).hello(true)).isInstanceOf(Reply.Welcome.class);
      }
      int full = broker.fdCount();
      for (int i = 0; i < 100; i++) {
        assertEndsUnasked(connect(broker));
      }

      await().atMost(SOON).until(() -> broker.fdCount() <= full);
      assertThat(counted(observer)).isEqualTo(12);
    }
  }

  private static void assertEndsUnasked(WireClient silent) throws IOException {
    Frame last = silent.next();
    assertThat(last.requestId()).as("it has requested nothing").isZero();
    WireClient.assertRefused(Errno.ENFILE, null, (Reply) last.message());
    silent.assertEnds();
  }

  @Test
  void shouldTellASilentClientThatItsPlaceWasNeeded() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start("--limit=sessions=3")) {
      WireClient first = connect(broker);
      for (int i = 0; i < 20; i++) {
        connect(broker);
      }
      assertEndsUnasked(first);
    }
  }

  @Test
  void shouldServeItsClientsWhenItsFdsAreUsedUp() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start("--limit=file-descriptors=10");
        WireClient observer = WireClient.welcomed(broker.socket())) {
      for (int i = 0; i < 10; i++) {
        observer.ask(Reply.Opened.class, tcp());
      }
      observer.refused(Errno.ENFILE, tcp());

      assertThat(counted(observer)).isEqualTo(12);
      assertThat(connect(broker).hello()).isInstanceOf(Reply.Welcome.class);
    }
  }

  @Test
  void shouldServeItsClientsWhenTheKernelGivesItNoMore() throws Exception {
    Needs.programs("prlimit");
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient client = WireClient.welcomed(broker.socket())) {
      limitOpenFiles(broker, broker.fdCount() + "");
      WireClient waiting = connect(broker);
      client.refused(Errno.EMFILE, tcp());
      assertThat(client.ask(new Request.Ping())).isEqualTo(new Reply.Done());

      limitOpenFiles(broker, "1000");

      assertThat(waiting.hello()).isInstanceOf(Reply.Welcome.class);
      assertThat(client.ask(tcp())).isInstanceOf(Reply.Opened.class);
    }
  }

  private static void limitOpenFiles(BrokerProcess broker, String number) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid", broker.pid() + "", "--nofile=" + number + ":")
            .inheritIO()
            .start();
    assertThat(prlimit.waitFor()).isZero();
  }
}
