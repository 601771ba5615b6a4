package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.SocketPaths;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients send nothing to a process that took the broker's place: every client checks its peer. */
class UntrustedPeerTest {
  /** Listens and prints what it receives until its input ends. */
  private static final String FAKE =
      """
      import os, socket, sys
      os.setgroups([])
      os.setgid(int(sys.argv[2]))
      os.setuid(int(sys.argv[2]))
      listener = socket.socket(socket.AF_UNIX)
      listener.bind(sys.argv[1])
      listener.listen()
      print("ready", flush=True)
      while True:
          print("heard", len(listener.accept()[0].recv(1)), flush=True)
      """;

  private Path directory;
  private Process fake;

  @BeforeEach
  void makeDirectory() throws IOException {
    Needs.that(SocketPaths.effectiveUid() == 0, "needs root, to be several users");
    Needs.programs("python3");
    directory = Files.createTempDirectory(Path.of("/tmp"), "sockbroker-peer");
  }

  @AfterEach
  void end() throws Exception {
    if (fake != null) {
      fake.destroyForcibly().waitFor();
    }
    for (Path file : List.of(directory.resolve("run/broker.sock"), directory.resolve("run"))) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory.resolve("broker.sock"));
    Files.delete(directory);
  }

  @Test
  void shouldRefuseADirectoryThatAnybodyCouldHaveMade() throws Exception {
    give(directory, User.MALLORY, "rwxr-xr-x");
    Path socket = directory.resolve("broker.sock");
    BufferedReader heard = listenAs(User.MALLORY, socket);

    assertRefused(socket, "any user could have made the directory " + directory);

    fake.toHandle().destroyForcibly();
    assertThat(heard.lines()).allMatch("heard 0"::equals);
  }

  /** A stream connects again to the same path. */
  @Test
  void shouldRefuseADirectoryThatOthersCanWriteToSinceTheSessionBegan() throws Exception {
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket());
        SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
        SocketChannel peer = SocketChannel.open((InetSocketAddress) listener.localAddress());
        SharedSocket socket = listener.accept()) {
      socket.stream().detach();
      Path place = process.socket().getParent();
      Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));

      assertThatThrownBy(socket::stream).hasMessageContaining("other users can write to " + place);

      Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx------"));
      socket.stream().close();
      assertThat(peer.isOpen()).isTrue();
    }
  }

  /** A broker of this user listens in such a place for any client that asks. */
  @Test
  void shouldRefuseADirectoryThatOthersCanWriteTo() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path socket = directory.resolve("broker.sock");
    try (ServerSocketChannel own = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      own.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(socket, "other users can write to " + directory);
    }
  }

  @Test
  void shouldRefuseAnotherUserInADirectoryOfItsOwn() throws Exception {
    give(directory, User.MALLORY, "rwxr-xr-x");
    Path socket = directory.resolve("broker.sock");
    listenAs(User.MALLORY, socket);
    give(directory, new User(0, 0, List.of()), "rwxr-xr-x");
    assertRefused(socket, "that is neither this user, nor root, nor the owner of " + directory);
  }

  /** Like /run/sockbroker, where root created the directory for the service's user. */
  @Test
  void shouldTrustTheUserToWhomRootGaveTheDirectory() throws Exception {
    give(directory, new User(0, 0, List.of()), "rwxr-xr-x");
    Path run = Files.createDirectory(directory.resolve("run"));
    give(run, User.MALLORY, "rwxr-xr-x");
    BufferedReader heard = listenAs(User.MALLORY, run.resolve("broker.sock"));
    Process list = Command.to(run.resolve("broker.sock")).start("list");
    assertThat(heard.readLine()).isEqualTo("heard 1");
    list.destroyForcibly().waitFor();
  }

  /**
   * A user who links another user's default path to a different directory chooses that user's
   * broker.
   */
  @Test
  void shouldRefuseASymbolicLinkThatAnybodyCouldHaveMade() throws Exception {
    give(directory, new User(0, 0, List.of()), "rwxr-xr-x");
    Path run = Files.createDirectory(directory.resolve("run"));
    give(run, User.MALLORY, "rwxr-xr-x");
    BufferedReader heard = listenAs(User.MALLORY, run.resolve("broker.sock"));
    Path link = Path.of(directory + "-link");
    Path indirect = directory.resolve("indirect");
    try {
      Files.createSymbolicLink(link, Path.of("/../").resolve(run.toString().substring(1)));
      Files.setAttribute(link, "unix:uid", User.MALLORY.uid(), LinkOption.NOFOLLOW_LINKS);
      Files.createSymbolicLink(indirect, Path.of("..").resolve(link.getFileName()));
      String why = "any user could have made the symbolic link " + link;
      assertRefused(link.resolve("broker.sock"), why);
      assertRefused(indirect.resolve("broker.sock"), why);
    } finally {
      Files.deleteIfExists(link);
      Files.deleteIfExists(indirect);
    }
    fake.toHandle().destroyForcibly();
    assertThat(heard.lines()).allMatch("heard 0"::equals);
  }

  private static void give(Path directory, User user, String permissions) throws IOException {
    Files.setAttribute(directory, "unix:uid", user.uid());
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
  }

  private BufferedReader listenAs(User user, Path socket) throws IOException {
    fake =
        new ProcessBuilder("python3", "-c", FAKE, socket.toString(), user.uid() + "")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader said = fake.inputReader();
    assertThat(said.readLine()).isEqualTo("ready");
    return said;
  }

  private static void assertRefused(Path socket, String why) throws Exception {
    assertThatThrownBy(() -> Broker.connect(socket))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not trusted: " + why)
        .hasMessageContaining("SOCKBROKER_SOCKET=PATH");
    assertRefused(Command.to(socket).run("list"), why);
    assertRefused(
        Command.to(socket).run("exec", "--open", "x=tcp-listen:127.0.0.1:0", "--", "true"), why);
    assertRefused(python(socket), why);
  }

  private static void assertRefused(Command.Result result, String why) {
    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.err()).contains("is not trusted: " + why, "SOCKBROKER_SOCKET=PATH");
  }

  private static void assertRefused(Program.Result result, String why) {
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("is not trusted: " + why, "SOCKBROKER_SOCKET=PATH");
  }

  private static Program.Result python(Path socket) throws Exception {
    String example = Path.of("../scripts/examples").toRealPath().toString();
    String script = "import sys; sys.path.insert(0, sys.argv[1]); import sockbroker as s;";
    return Program.run(
        List.of("python3", "-c", script + "s.Broker(sys.argv[2])", example, socket.toString()));
  }
}
