package dev.sockbroker.system;

import static dev.sockbroker.protocol.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A connection that the broker makes for a client never becomes a session with the broker's
 * identity.
 */
class BorrowedIdentityTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Lifetime.class)
  void shouldRefuseASessionThatAClientMadeTheBrokerOpen(Lifetime lifetime) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient client = WireClient.welcomed(broker.socket())) {
      assertNoWelcome(client, broker.socket(), new Request.Hello(List.of(1), "", true, lifetime));
      assertNoWelcome(client, broker.socket(), new Request.Hello(List.of(1), "", false, lifetime));
    }
  }

  @Test
  void shouldRefuseItBehindALink() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient client = WireClient.welcomed(broker.socket())) {
      Request.Hello hello = new Request.Hello(List.of(1), "", true, null);
      Path symbolic = Files.createSymbolicLink(directory.resolve("symbolic"), broker.socket());
      assertNoWelcome(client, symbolic, hello);
      Path above =
          Files.createSymbolicLink(directory.resolve("above"), broker.socket().getParent());
      assertNoWelcome(client, above.resolve("broker.sock"), hello);
      Path hard = Files.createLink(directory.resolve("hard"), broker.socket());
      assertNoWelcome(client, hard, hello);
    }
  }

  /** Both have the same user, so each would accept the other as an administrator. */
  @Test
  void shouldRefuseAConnectionOfAnotherBroker() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        BrokerProcess other = BrokerProcess.start();
        WireClient client = WireClient.welcomed(other.socket())) {
      assertNoWelcome(client, broker.socket(), new Request.Hello(List.of(1), "", true, null));
    }
  }

  /** Then it cannot see whether a client of another user is a broker. */
  @Test
  void shouldRefuseAProcessThatItCannotSee() throws Exception {
    User.needs();
    Needs.programs("unshare", "mount");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path jar = Files.copy(BrokerProcess.JAR, directory.resolve("sockbroker.jar"));
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.setAttribute(home, "unix:uid", User.BROKER.uid());
    try (BrokerProcess broker = BrokerProcess.startWithHiddenProcesses(User.BROKER, jar, home);
        WireClient root = WireClient.connect(broker.socket())) {
      Reply.Error error = (Reply.Error) root.hello(true);
      assertThat(error.errno()).isEqualTo(EPERM);
      assertThat(error.message()).contains("hidepid");
    }
  }

  @Test
  void shouldRefuseItOnAListenerThatWasHandedOver() throws Exception {
    Needs.programs("systemd-socket-activate");
    Path socket = directory.resolve("activated.sock");
    Process broker = activate(socket);
    try {
      await().atMost(30, TimeUnit.SECONDS).until(() -> Files.exists(socket));
      try (WireClient client = WireClient.welcomed(socket)) {
        assertNoWelcome(client, socket, new Request.Hello(List.of(1), "", true, null));
      }
    } finally {
      broker.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }
  }

  private Process activate(Path socket) throws Exception {
    return new ProcessBuilder(
            "systemd-socket-activate",
            "--listen=" + socket,
            BrokerProcess.JAVA.toString(),
            "-jar",
            BrokerProcess.JAR.toString(),
            "serve")
        .redirectError(directory.resolve("log").toFile())
        .start();
  }

  /** Checks that the broker refuses the connect or the session. */
  private static void assertNoWelcome(WireClient client, Path broker, Request.Hello hello)
      throws Exception {
    Reply.Opened socket =
        client.ask(Reply.Opened.class, Request.Open.of(Family.UNIX, SocketType.STREAM));
    Reply connected = client.ask(new Request.Connect(socket.descriptor(), path(broker), null));
    if (connected instanceof Reply.Error refused) {
      assertThat(refused.errno()).as(refused.message()).isEqualTo(EPERM);
      return;
    }
    FrameCodec codec = new FrameCodec();
    ByteBuffer frame = codec.encode(1, hello, 0);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    client.ask(Request.Send.of(socket.descriptor()), bytes);
    client.ask(Request.Receive.of(socket.descriptor()));
    Reply.Error error =
        (Reply.Error) codec.decode(client.payload(), FrameHeader.FRAME_BYTES_MAX).message();
    assertThat(error.error()).as(error.message()).isEqualTo(Errno.name(EPERM));
  }

  private static Address path(Path path) {
    return Address.unix(path.toString());
  }
}
