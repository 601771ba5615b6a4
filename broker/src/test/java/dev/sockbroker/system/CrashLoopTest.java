package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A state that brokers crash with is used by two more brokers, and not by the one after them. */
@Timeout(300)
class CrashLoopTest {
  private static final int FATAL = 70;
  private static final int KILLED = 128 + 9;

  @TempDir private Path directory;

  /** The last is the one that runs. */
  private final List<ServeProcess> brokers = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (ServeProcess broker : brokers.reversed()) {
      broker.close();
    }
  }

  private ServeProcess start(String... jvmOptions) throws Exception {
    ServeProcess broker =
        ServeProcess.start(directory, Map.of(), ServeProcess.jar(jvmOptions), "--keep=auto");
    brokers.add(broker);
    return broker;
  }

  private void kill() throws InterruptedException {
    ServeProcess broker = brokers.getLast();
    broker.handle().destroyForcibly();
    assertThat(broker.exitCode()).as("" + broker.lines()).isEqualTo(KILLED);
  }

  private Path socket() {
    return brokers.getFirst().socket();
  }

  private String list() throws Exception {
    return Command.to(socket()).run("list", "--no-header").out();
  }

  /** A connection of a socket that lives without a client. Returns its other end. */
  private Socket connect() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Command.Result opened =
          Command.to(socket())
              .run(
                  "open",
                  "--name",
                  "out",
                  "--retain",
                  "10m",
                  "tcp:127.0.0.1:" + server.getLocalPort());
      assertThat(opened.exitCode()).as("" + opened).isZero();
      Socket peer = server.accept();
      peer.setSoTimeout(30_000);
      return peer;
    }
  }

  private Path copy() {
    return Path.of(socket() + ".kept.failed");
  }

  private void assertGivenUp(LeftMemory left, Socket peer, ServeProcess next) throws Exception {
    assertThat(next.isAlive()).as("" + next.lines()).isTrue();
    assertThat(next.lines())
        .filteredOn(line -> line.contains("brokers have crashed 3 times with the same sockets"))
        .singleElement()
        .asString()
        .contains(" ERROR ", copy().toString());
    assertThat(peer.getInputStream().read()).isEqualTo(-1);
    assertThat(list()).isEmpty();
    await().atMost(30, SECONDS).until(() -> !left.isHeld());
    assertThat(copy()).isNotEmptyFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy())))
        .isEqualTo("rw-------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mark", "records"})
  void shouldGiveUpMemoryThatCannotBeRead(String damaged) throws Exception {
    start();
    try (Socket peer = connect()) {
      kill();
      LeftMemory left = LeftMemory.of(socket());
      if (damaged.equals("mark")) {
        left.damageMark();
      } else {
        left.damageRecords();
      }

      for (int i = 0; i < 2; i++) {
        ServeProcess failed = start();
        assertThat(failed.exitCode()).as("" + failed.lines()).isEqualTo(FATAL);
        assertThat(failed.lines()).last().asString().contains("what a killed broker has left");
        assertThat(copy()).doesNotExist();
        assertThat(left.isHeld()).isTrue();
      }
      assertGivenUp(left, peer, start());
    }
  }

  /** Also if that takes longer than a minute, which the test of CrashTimes shows. */
  @Test
  void shouldCountBrokersThatAreKilledWhileTheyRecover() throws Exception {
    String agent = StepAgent.option(directory, "Recovery.of");
    ServeProcess first = start(agent);
    try (Socket peer = connect()) {
      StepAgent.planForNew(
          directory, first.handle().pid(), StepAgent.Action.KILL, "enter Recovery.of");
      kill();
      LeftMemory left = LeftMemory.of(socket());

      for (int i = 0; i < 2; i++) {
        ServeProcess killed = start(agent);
        assertThat(killed.exitCode()).as("" + killed.lines()).isEqualTo(KILLED);
        assertThat(left.isHeld()).isTrue();
      }
      assertGivenUp(left, peer, start(agent));
    }
  }

  @Test
  void shouldGiveUpAStateAfterThreeCrashesAndBeginAnew() throws Exception {
    start();
    Files.writeString(copy(), "of an earlier time");
    try (Socket peer = connect()) {
      for (int i = 0; i < 2; i++) {
        kill();
        assertThat(start().lines()).anyMatch(line -> line.contains("recovered in "));
        assertThat(list()).contains(" out ");
      }
      kill();
      LeftMemory left = LeftMemory.of(socket());
      assertGivenUp(left, peer, start());
    }

    try (Socket peer = connect()) {
      kill();
      start();
      assertThat(list()).as("the new sockets are kept").contains(" out ");
      assertThat(brokers.getLast().terminate()).isZero();
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void shouldStartEvenIfTheStateCannotBeCopied() throws Exception {
    start();
    try (Socket peer = connect()) {
      Files.createDirectories(copy().resolve("not empty"));
      for (int i = 0; i < 3; i++) {
        kill();
        start();
      }

      assertThat(brokers.getLast().lines())
          .anyMatch(line -> line.contains("their state could not be copied: "));
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      assertThat(list()).isEmpty();
    }
  }
}
