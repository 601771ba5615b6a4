package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that misuse their fd connection harm only themselves, and leave no fd in the broker. */
@WithBroker
class FdConnectionTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess broker;

  /** The number of fds that the JVM itself has open and the broker does not count. */
  private static int ownFds;

  private WireClient session;
  private long descriptor;

  @BeforeAll
  static void start() throws IOException {
    // everything that a JVM opens on first use is open from here on
    try (WireClient first = WireClient.welcomed(broker.socket());
        WireClient _ = fdConnection(first)) {
      long socket = open(first);
      first.ask(Reply.Done.class, new Request.Export(socket, true));
      first.ask(Reply.Opened.class, openRequest(Address.inet("127.0.0.1", 0)));
      ownFds = broker.fdCount() - counts(first).fileDescriptors();
    }
  }

  @BeforeEach
  void connect() throws IOException {
    session = WireClient.welcomed(broker.socket());
    descriptor = open(session);
  }

  /** Only the asking session remains. */
  @AfterEach
  void assertNoFdIsLeft() throws IOException {
    session.close();
    try (WireClient observer = WireClient.welcomed(broker.socket())) {
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                Reply.BrokerInfo info = counts(observer);
                assertThat(info.sessions()).isEqualTo(1);
                assertThat(info.sockets()).isZero();
                assertThat(info.exports()).isZero();
                assertThat(info.fileDescriptors()).isEqualTo(2);
                assertThat(broker.fdCount()).isEqualTo(ownFds + 2);
              });
    }
  }

  private static Reply.BrokerInfo counts(WireClient client) throws IOException {
    return client.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
  }

  private static Request openRequest(Address bind) {
    return Request.Open.of(Family.INET, SocketType.STREAM).boundTo(bind);
  }

  private static long open(WireClient client) throws IOException {
    return client.ask(Reply.Opened.class, openRequest(null)).descriptor();
  }

  private static String newKey(WireClient client) throws IOException {
    return client.ask(Reply.FdKey.class, new Request.NewFdKey()).key();
  }

  private static WireClient fdConnection(WireClient owner) throws IOException {
    WireClient connection = WireClient.connect(broker.socket());
    connection.ask(Reply.Done.class, new Request.FdHello(newKey(owner)));
    return connection;
  }

  private Request export() {
    return new Request.Export(descriptor, true);
  }

  private void assertEnds(WireClient connection, int errno) throws IOException {
    connection.assertEndsWith(errno);
    assertThat(session.ask(new Request.Ping())).as("its session lives").isNotNull();
  }

  @Test
  void shouldExportToWhoHasAConnectionOnly() throws IOException {
    session.refused(Errno.ENOTCONN, export());
    try (WireClient _ = fdConnection(session)) {
      assertThat(counts(session).fileDescriptors()).isEqualTo(1 + 2 + 1);
      session.ask(Reply.Done.class, export());
    }
    await().atMost(SOON).until(() -> session.ask(export()) instanceof Reply.Error);
    session.refused(Errno.ENOTCONN, export());
    try (WireClient _ = fdConnection(session)) {
      session.ask(Reply.Done.class, export());
    }
  }

  @Test
  void shouldTakeEachKeyOnce() throws IOException {
    String key = newKey(session);
    try (WireClient fds = WireClient.connect(broker.socket());
        WireClient second = WireClient.connect(broker.socket());
        WireClient wrong = WireClient.connect(broker.socket())) {
      fds.ask(Reply.Done.class, new Request.FdHello(key));
      second.send(new Request.FdHello(key));
      assertEnds(second, Errno.EINVAL);
      wrong.send(new Request.FdHello("no key"));
      assertEnds(wrong, Errno.EINVAL);
      session.ask(Reply.Done.class, export());
    }
  }

  @Test
  void shouldTakeTheLastKeyOnly() throws IOException {
    String old = newKey(session);
    newKey(session);
    try (WireClient fds = WireClient.connect(broker.socket())) {
      fds.send(new Request.FdHello(old));
      assertEnds(fds, Errno.EINVAL);
    }
  }

  @Test
  void shouldTakeNoKeyOfAnotherProcess() throws Exception {
    String key = newKey(session);
    try (PythonProgram python =
        new PythonProgram("rawfd.py", broker.socket().toString(), "key", key)) {
      assertThat(python.line()).contains("\"Error\"", "EINVAL");
    }
    session.refused(Errno.ENOTCONN, export());
    try (WireClient fds = WireClient.connect(broker.socket())) {
      assertThat(fds.ask(new Request.FdHello(key))).as("it is not used up").isNotNull();
      session.ask(Reply.Done.class, export());
    }
  }

  @Test
  void shouldRefuseItToWhoHasASession() throws IOException {
    session.refused(Errno.EINVAL, new Request.FdHello(newKey(session)));
  }

  @Test
  void shouldCloseItWhenAnythingIsSent() throws IOException {
    try (WireClient fds = fdConnection(session)) {
      fds.write(ByteBuffer.allocate(1));
      fds.assertEnds();
    }
    session.refused(Errno.ENOTCONN, export());
    String key = newKey(session);
    try (WireClient fds = WireClient.connect(broker.socket())) {
      // the hello and more bytes in one write
      fds.send(new Request.FdHello(key));
      fds.send(new Request.Ping());
      fds.replyTo(1);
      fds.assertEnds();
    }
    session.refused(Errno.ENOTCONN, export());
  }

  @Test
  void shouldReplaceAnOlderConnection() throws IOException {
    try (WireClient old = fdConnection(session);
        WireClient _ = fdConnection(session)) {
      old.assertEnds();
      session.ask(Reply.Done.class, export());
      assertThat(counts(session).fileDescriptors()).isEqualTo(1 + 2 + 1);
    }
  }

  @Test
  void shouldBoundWhatAClientLeaves() throws IOException {
    WireClient fds = fdConnection(session);
    // one is sent, so many wait, and all others are refused immediately
    session.ask(Reply.Done.class, export());
    List<Long> waiting = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      waiting.add(session.send(export()));
    }
    for (int i = 0; i < 10_000; i++) {
      session.refused(Errno.ENOBUFS, export());
    }
    assertThat(broker.fdCount())
        .as("what waits costs no fd")
        .isEqualTo(ownFds + counts(session).fileDescriptors());
    fds.close();
    for (long id : waiting) {
      WireClient.assertRefused(Errno.ENOTCONN, export(), session.replyTo(id));
    }
  }

  @Test
  void shouldGiveTheNextWhenTheLastWasTaken() throws IOException {
    try (WireClient fds = fdConnection(session)) {
      List<Long> asked = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        asked.add(session.send(export()));
      }
      for (long id : asked) {
        assertThat(session.replyTo(id)).isEqualTo(new Reply.Done());
        // plain bytes, so the fd itself is lost
        assertThat(fds.bytes(9)).isEqualTo(ByteBuffer.allocate(9).putLong(1, id));
      }
    }
  }

  @Test
  void shouldLoseNothingOfASessionThatEndsMeanwhile() throws IOException {
    try (WireClient fds = fdConnection(session)) {
      long first = session.send(export());
      for (int i = 1; i < 50; i++) {
        session.send(export());
      }
      session.replyTo(first);
      session.close();
      fds.skipToEnd();
    }
  }
}
