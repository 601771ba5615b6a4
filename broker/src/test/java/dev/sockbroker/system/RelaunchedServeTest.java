package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker with a launcher crashes, and its clients notice a pause. */
@Timeout(300)
class RelaunchedServeTest {
  private static final Path LAUNCHER =
      BrokerProcess.JAR.resolveSibling("../../scripts/sockbroker").normalize();

  private static final int SOCKETS = 1000;
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private ServeProcess broker;

  @AfterEach
  void close() throws IOException {
    broker.close();
  }

  private void start(Map<String, String> environment) throws Exception {
    StartCaches.ofServe();
    Map<String, String> all = new HashMap<>(Installation.JDK);
    all.putAll(environment);
    broker =
        ServeProcess.start(
            directory, all, List.of("env", "--default-signal", LAUNCHER.toString()), "--keep=auto");
    assertThat(broker.isAlive()).as("" + broker.lines()).isTrue();
  }

  /** The broker, which is a child of the launcher until it is upgraded. */
  private ProcessHandle process() throws Exception {
    return ProcessHandle.of(
            Long.parseLong(Files.readString(Path.of(broker.socket() + ".lock")).strip()))
        .orElseThrow();
  }

  private ProcessHandle launcher() throws Exception {
    return process().parent().orElseThrow();
  }

  /** Returns when the next broker is ready. */
  private void killBroker() throws Exception {
    long ready = readyLines();
    process().destroyForcibly();
    await().atMost(SOON).until(() -> readyLines() > ready);
  }

  private long readyLines() {
    return broker.lines().stream().filter(line -> line.contains(", ready (pid ")).count();
  }

  private static void assertGoesOn(SharedSocket socket, Socket peer) throws IOException {
    socket.send(ByteBuffer.wrap(new byte[] {7}));
    assertThat(peer.getInputStream().read()).isEqualTo(7);
  }

  private static SharedSocket connect(Broker client, ServerSocket server) throws IOException {
    return client.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
  }

  @Test
  void shouldContinueAfterAKillAndAfterAnUpgradeAndAKill() throws Exception {
    start(Map.of());
    ProcessHandle launcher = launcher();
    try (Broker client = Broker.connect(broker.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket socket = connect(client, server);
        Socket peer = server.accept()) {
      killBroker();
      assertGoesOn(socket, peer);

      ProcessHandle former = process();
      assertThat(Command.to(broker.socket()).within(120).run("upgrade").exitCode()).isZero();
      former.onExit().get(30, SECONDS);
      killBroker();
      assertGoesOn(socket, peer);
      assertThat(process().parent()).contains(launcher);
    }
    assertThat(broker.lines())
        .contains("sockbroker: the broker was ended by SIGKILL; starting the next one");

    launcher.destroy();
    assertThat(broker.exitCode()).isZero();
    assertThat(broker.socket().getParent()).isEmptyDirectory();
  }

  @Test
  void shouldContinueAfterAnInternalError() throws Exception {
    String agent = StepAgent.option(directory, "core.Conductor.onRequest");
    start(Map.of("SOCKBROKER_JAVA_OPTS", agent));
    try (Broker client = Broker.connect(broker.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket socket = connect(client, server);
        Socket peer = server.accept()) {
      StepAgent.plan(directory, process().pid(), "old ERROR enter core.Conductor.onRequest");

      assertGoesOn(socket, peer);
    }
    assertThat(broker.lines())
        .contains("sockbroker: the broker has crashed with exit code 70; starting the next one");
  }

  /** With a datagram for each, that arrived while no broker ran. */
  @Test
  void shouldContinueWithAThousandSockets() throws Exception {
    start(Map.of());
    try (Broker client = Broker.connect(broker.socket());
        DatagramSocket sender = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      List<SharedSocket> sockets = new ArrayList<>();
      List<InetSocketAddress> addresses = new ArrayList<>();
      for (int i = 0; i < SOCKETS; i++) {
        SharedSocket socket = client.open(SocketSpec.udp("127.0.0.1", 0));
        sockets.add(socket);
        addresses.add((InetSocketAddress) socket.localAddress());
      }
      ProcessHandle killed = process();
      killed.destroyForcibly();
      killed.onExit().get(30, SECONDS);
      for (int i = 0; i < SOCKETS; i++) {
        byte[] number = ByteBuffer.allocate(4).putInt(i).array();
        sender.send(new DatagramPacket(number, number.length, addresses.get(i)));
      }

      for (int i = 0; i < SOCKETS; i++) {
        ByteBuffer received = ByteBuffer.allocate(100);
        assertThat(sockets.get(i).receive(received, SOON)).isEqualTo(4);
        assertThat(received.getInt(0)).isEqualTo(i);
        assertThat(sockets.get(i).localAddress()).isEqualTo(addresses.get(i));
      }
      assertThat(client.list()).hasSize(SOCKETS);
    }
  }

  /** The launcher is told to stop when no broker runs. */
  @Test
  void shouldLetGoOfTheSocketsWhenItStopsInAPause() throws Exception {
    start(Map.of("PATH", StubLauncher.sleepingBy(directory, "exec /bin/sleep infinity")));
    ProcessHandle launcher = launcher();
    try (Broker client = Broker.connect(broker.socket());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SharedSocket socket = connect(client, server);
        Socket peer = server.accept()) {
      assertGoesOn(socket, peer);
      killBroker();
      LeftMemory left = LeftMemory.of(broker.socket());
      process().destroyForcibly();
      broker.awaitLine("starting the next one in 0.5 s");

      launcher.destroy();

      assertThat(broker.exitCode()).isZero();
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      await().atMost(SOON).until(() -> !left.isHeld());
      assertThat(Path.of(broker.socket() + ".kept")).doesNotExist();
    }
  }
}
