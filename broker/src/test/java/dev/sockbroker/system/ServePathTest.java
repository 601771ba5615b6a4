package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.SocketPaths;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files at or near the path prevent the start of a broker. */
class ServePathTest {
  @TempDir Path directory;

  @Test
  void shouldLeaveAFileThatIsNoSocket() throws Exception {
    Path file = Files.writeString(Files.createDirectory(home()).resolve("precious"), "keep");
    Command.Result result = Command.to(file).run("serve");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("is not a socket");
    assertThat(file).hasContent("keep");
    assertThat(home()).isDirectoryNotContaining(it -> !it.equals(file));
  }

  /** systemd reads a line without a priority as INFO, and nobody would find the reason. */
  @Test
  void shouldWriteToTheJournalWhyItCannotStart() throws Exception {
    Path file = Files.writeString(Files.createDirectory(home()).resolve("precious"), "keep");
    Command.Result result = Command.to(file).run("serve", "--log-format", "journal");
    assertThat(result.err()).contains("<3>cannot start: ");
    Command.Result check = Command.to(file).run("serve", "--check", "--log-format", "journal");
    assertThat(check.err()).contains("<3>could not start: ");
  }

  @Test
  void shouldNameAGroupThatIsNotThere() throws Exception {
    Command.Result result =
        Command.to(home().resolve("broker.sock"))
            .run("serve", "--trust-group", "--group", "nosuchgroup");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("there is no group 'nosuchgroup'");
    assertThat(home()).doesNotExist();
  }

  @Test
  void shouldCheckWithoutATrace() throws Exception {
    Path home = home();
    Command serve = Command.to(home.resolve("broker.sock"));

    assertThat(serve.run("serve", "--check"))
        .satisfies(
            checked -> {
              assertThat(checked.exitCode()).isZero();
              assertThat(checked.out()).isEqualTo("ok\n");
            });
    assertThat(home).doesNotExist();
    assertThat(serve.run("serve", "--check", "--limit", "sockets=0").exitCode()).isEqualTo(2);
    assertThat(serve.withOpenFiles(40).run("serve", "--check").err())
        .contains("could not start: 40 open files");
    Files.createDirectory(home);
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(serve.run("serve", "--check"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(1);
              assertThat(refused.out()).isEmpty();
              assertThat(refused.err()).contains("writable by nobody else");
            });
    try (BrokerProcess broker = BrokerProcess.start()) {
      assertThat(Command.to(broker.socket()).run("serve", "--check").exitCode()).isZero();
    }
  }

  @Test
  void shouldSayWhoRuns() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      assertThat(Command.to(broker.socket()).run("serve").err())
          .contains("already, with pid " + broker.pid());
    }
  }

  @Test
  void shouldLeaveABrokerAloneWhoseLockWasRemoved() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      Path lock = Path.of(broker.socket() + ".lock");
      // a stopped broker cannot create the lock again
      broker.signal("STOP");
      Files.delete(lock);
      Command.Result second = Command.to(broker.socket()).run("serve");
      broker.signal("CONT");
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.err()).contains("pid " + broker.pid() + " listens at", "already");
      assertThat(Command.to(broker.socket()).run("ping", "-c", "1").exitCode()).isZero();
      // and its pid can be read there again
      await().atMost(30, SECONDS).until(() -> Files.exists(lock));
      assertThat(lock).hasContent("" + broker.pid());
    }
  }

  @Test
  void shouldMakeItsPathAgain() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      Files.delete(broker.socket());
      Files.delete(Path.of(broker.socket() + ".lock"));
      await().atMost(30, SECONDS).until(() -> Files.exists(broker.socket()));
      assertThat(Command.to(broker.socket()).run("ping", "-c", "1").exitCode()).isZero();
      assertThat(broker.log()).anyMatch(line -> line.contains("the broker created it again"));
    }
  }

  /** The owner of the directory could make the broker change the mode of any of its files. */
  @Test
  void shouldMakeNothingInADirectoryOfAnotherUser() throws Exception {
    Needs.that(SocketPaths.effectiveUid() == 0, "needs root, to be several users");
    try (BrokerProcess broker = BrokerProcess.startAt(home())) {
      Path run = broker.socket().getParent();
      Path former = Files.move(run, home().resolve("former"));
      Files.createDirectory(run);
      Files.setAttribute(run, "unix:uid", User.MALLORY.uid());
      await()
          .atMost(30, SECONDS)
          .untilAsserted(
              () -> assertThat(broker.log()).anyMatch(line -> line.contains("must belong to")));
      assertThat(run).isEmptyDirectory();

      Files.delete(run);
      Files.move(former, run);
      assertThat(Command.to(broker.socket()).run("ping", "-c", "1").exitCode()).isZero();
    }
  }

  @Test
  void shouldLeaveALiveSocketOfAnotherProgram() throws Exception {
    Path socket = Files.createDirectory(home()).resolve("other.sock");
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      Command.Result serve = Command.to(socket).run("serve");
      assertThat(serve.exitCode()).isEqualTo(1);
      assertThat(serve.err())
          .contains("pid " + ProcessHandle.current().pid() + " listens at " + socket);
      connect(socket);
    }
    assertThat(home()).isDirectoryNotContaining(it -> !it.equals(socket));
  }

  @Test
  void shouldReplaceWhatAKilledProgramLeft() throws Exception {
    try (BrokerProcess broker = BrokerProcess.startAt(directory.resolve("again"))) {
      broker.process().destroyForcibly().waitFor();
      assertThat(broker.socket()).exists();
      BrokerProcess.startAt(directory.resolve("again")).stop();
    }
  }

  @Test
  void shouldLeaveItsSuccessorsPath() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        ServerSocketChannel successor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Files.delete(broker.socket());
      successor.bind(UnixDomainSocketAddress.of(broker.socket()));
      assertThat(broker.stop()).isZero();
      connect(broker.socket());
    }
  }

  private static void connect(Path socket) throws IOException {
    SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
  }

  @Test
  void shouldNameTheDirectoryBehindASymbolicLink() throws Exception {
    Path real = Files.createDirectory(home());
    Path link = Files.createSymbolicLink(directory.toRealPath().resolve("link"), real);
    Command.Result serve = Command.to(link.resolve("broker.sock")).run("serve");
    assertThat(serve.exitCode()).isEqualTo(1);
    assertThat(serve.err()).contains(link + " is a symbolic link to " + real, "--socket");
  }

  /** A user who can write to a directory above can replace this directory. */
  @Test
  void shouldRefuseADirectoryThatOthersCanReplace() throws Exception {
    Path above = Files.createDirectory(home());
    Path socket = above.resolve("run/broker.sock");
    Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxrwxrwx"));
    for (int times = 0; times < 2; times++) {
      Command.Result serve = Command.to(socket).run("serve");
      assertThat(serve.exitCode()).isEqualTo(1);
      assertThat(serve.err()).contains("another user can replace files in " + above);
      assertThat(socket).doesNotExist();
      Files.createDirectories(socket.getParent());
    }
    Files.setAttribute(above, "unix:mode", 01777);
    try (BrokerProcess broker = BrokerProcess.startAt(above)) {
      assertThat(Command.to(broker.socket()).run("ping", "-c", "1").exitCode()).isZero();
    }
  }

  @Test
  void shouldSayHowLongAPathMayBe() throws Exception {
    Command.Result serve = Command.to(home().resolve("x".repeat(107))).run("serve");
    assertThat(serve.exitCode()).isEqualTo(1);
    assertThat(serve.err()).contains("at most 107", "--socket PATH or SOCKBROKER_SOCKET=PATH");
  }

  @Test
  void shouldStartAgainWhereTheUserHasANumberOnly() throws Exception {
    Path socket = Files.createDirectory(home()).resolve("broker.sock");
    Process serve =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.name=?",
                "-jar",
                BrokerProcess.JAR.toString(),
                "serve",
                "--socket",
                socket.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader log = serve.inputReader()) {
      Stream<String> said =
          log.lines().filter(line -> line.contains("ready") || line.contains("ERROR"));
      assertThat(said.findFirst()).hasValueSatisfying(it -> assertThat(it).contains("ready"));
    } finally {
      serve.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldSayWhyTheLockCannotBeMade() throws Exception {
    Needs.that("root".equals(System.getProperty("user.name")), "needs root, who owns /proc");
    Command.Result result = Command.to(Path.of("/proc/broker.sock")).run("serve");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("cannot start: /proc/broker.sock.lock: No such file or directory");
  }

  /** A directory that only its owner can write to, as a broker requires. */
  private Path home() throws IOException {
    return directory.toRealPath().resolve("home");
  }
}
