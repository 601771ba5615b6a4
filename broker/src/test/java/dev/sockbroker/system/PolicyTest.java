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
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The policy of a real broker with real users: the commands, groups, units, paths, the audit. */
class PolicyTest {
  private SharedBroker shared;

  /** Where the test has mounted cgroups; null if it has not. */
  private Path mounted;

  @AfterEach
  void stop() throws Exception {
    if (shared != null) {
      shared.close();
    }
    if (mounted != null) {
      Program.run(List.of("umount", mounted.toString())).orFail();
      Files.delete(mounted);
    }
  }

  private static Request.Open listening(String host, int port) {
    return Request.Open.of(Family.INET, SocketType.STREAM)
        .boundTo(Address.inet(host, port))
        .listening(4);
  }

  private Command.Result root(String... arguments) throws Exception {
    return Command.to(shared.socket()).run(arguments);
  }

  @Test
  void shouldAnswerFromTheFileAndFromTheBroker() throws Exception {
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "web"
            user = ["33"]
            unit = ["web@*.service"]
            listen = ["tcp:*:443"]
            """);
    String[] allowed = {
      "policy", "test", "--user", "33", "--unit", "web@1.service", "listen", "tcp:*:443"
    };
    String[] refused = {"policy", "test", "--user", "33", "listen", "tcp:*:443"};
    String config = "--config=" + shared.configuration();
    for (String from : List.of("--json", config)) {
      assertThat(root(with(allowed, from)).exitCode()).isZero();
      Command.Result result = root(with(refused, from));
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.out())
          .contains("rule 'web' (" + shared.configuration() + ":1) allows it, but is for unit")
          .contains("the process is in no unit");
    }
    assertThat(root(allowed).out()).startsWith("allowed by rule 'web' (");
    assertThat(root("policy", "show", "--user", "33", "--unit", "web@1.service").out())
        .contains("rule 'web'", "  for user 33, unit web@*.service\n", "  listen: tcp:*:443\n");
    assertThat(root("policy", "show", "--user", "34", config).out()).isEqualTo("no rules\n");
    assertThat(root("policy", "test", "--user", "0", "listen", "tcp:*:1").out())
        .isEqualTo("allowed: no policy restricts this user\n");
    assertThat(root("policy", "violations").out()).isEqualTo("no violations\n");
    assertThat(root("policy", "test", "listen").exitCode()).isEqualTo(2);
    assertThat(root("policy", "test", "listen", "tcp:x:y").exitCode()).isEqualTo(1);
    assertThat(root("policy", "tset").exitCode()).isEqualTo(2);
    assertThat(root("policy", "test", "--user", "no-such-user", "names", "x").exitCode())
        .isEqualTo(2);
  }

  private static String[] with(String[] command, String option) {
    String[] all = Arrays.copyOf(command, command.length + 1);
    all[command.length] = option;
    return all;
  }

  @Test
  void shouldCheckAndReloadTheFiles() throws Exception {
    shared = SharedBroker.startWith("log-level = \"info\"\n");
    assertThat(root("check", shared.configuration().toString()).out()).isEqualTo("ok: no policy\n");
    shared.configure("log-level = \"loud\"\nwatchdog = \"2m\"\n[[rule]]\nuser = [\"0\"]\n");
    Command.Result checked = root("check", shared.configuration().toString());
    assertThat(checked.exitCode()).isEqualTo(1);
    assertThat(checked.err())
        .contains(shared.configuration() + ":1: log-level: loud (expected: one of");
    Command.Result refused = root("reload");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains(":1: log-level: loud");
    assertThat(refused.out()).isEqualTo("not reloaded\n");
    shared.configure("watchdog = \"2m\"\n[[rule]]\nuser = [\"0\"]\n[[deny]]\nuser = [\"7\"]\n");
    assertThat(root("check", shared.configuration().toString()).out())
        .isEqualTo("ok: 1 rule, 1 denial\n");
    Command.Result done = root("reload");
    assertThat(done.exitCode()).isZero();
    assertThat(done.err()).contains("watchdog: applies after the next start");
    assertThat(done.out()).isEqualTo("reloaded\n");
    shared.configure("# the rules are gone\n");
    assertThat(root("reload").err()).contains("have no policy any more");
    shared.configure("watchdog = \"2m\"\n[[rule]]\nuser = [\"0\"]\n[[deny]]\nuser = [\"7\"]\n");
    assertThat(root("reload").err()).as("still").contains("watchdog: applies after");
    assertThat(root("reload", "--upgrade").out()).as("the same version").isEqualTo("reloaded\n");
    Command.Result stranger = shared.command(User.ALICE).run("reload");
    assertThat(stranger.exitCode()).isEqualTo(1);
    assertThat(stranger.err()).contains("only administrators may reload");
  }

  @Test
  void shouldReloadOnHangup() throws Exception {
    shared = SharedBroker.startWith("");
    try (WireClient alice = shared.session(User.ALICE)) {
      alice.ask(Reply.Opened.class, listening("127.0.0.1", 0));
      shared.configure("[[rule]]\nuser = [\"0\"]\n");
      shared.broker().signal("HUP");
      await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> shared.broker().log().stream().anyMatch(it -> it.contains("reloaded ")));
      alice.refused(Errno.EACCES, listening("127.0.0.1", 0));
    }
  }

  /** A policy of the first deployment: one user, two ports, and nothing else. */
  @Test
  void shouldLetOneUserHaveTwoPorts() throws Exception {
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "www"
            user = ["%d"]
            listen = ["tcp:*:61443", "tcp:*:61080"]
            names = ["web"]
            lanes = ["frames", "ring", "stream", "fd"]
            """
                .formatted(User.ALICE.uid()));
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      alice.ask(Reply.Opened.class, listening("0.0.0.0", 61443).named("web", 0));
      alice.ask(Reply.Opened.class, listening("127.0.0.1", 61080));
      alice.refused(Errno.EACCES, listening("0.0.0.0", 61081));
      alice.refused(Errno.EACCES, listening("127.0.0.1", 61080).named("other", 0));
      alice.refused(Errno.EACCES, Request.Open.of(Family.INET, SocketType.DGRAM));
      mallory.refused(Errno.EACCES, listening("127.0.0.1", 61443));
    }
  }

  /** The second: a fleet that replaces its workers, and the people on call. */
  @Test
  void shouldServeAFleetAndThePeopleOnCall() throws Exception {
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "shop"
            user = ["%d"]
            listen = ["tcp:*:62000-62099"]
            names = ["shop-*"]
            attach = ["shop-*"]
            retain = "10m"
            [[rule]]
            name = "on call"
            group = ["%d"]
            list = "all"
            """
                .formatted(User.ALICE.uid(), User.MALLORY.gid()));
    try (WireClient worker = shared.session(User.ALICE);
        WireClient successor = shared.session(User.ALICE);
        WireClient onCall = shared.session(User.MALLORY)) {
      Request.Open shop = listening("127.0.0.1", 62000).named("shop-1", 600_000);
      worker.ask(Reply.Opened.class, shop);
      assertThat(successor.ask(Reply.Opened.class, shop).created()).isFalse();
      worker.refused(Errno.EACCES, listening("127.0.0.1", 62001).named("shop-2", 600_001));
      assertThat(onCall.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows()).hasSize(2);
      assertThat(shared.command(User.MALLORY).run("list").out()).contains("shop-1");
      onCall.refused(Errno.EACCES, new Request.Attach("shop-1"));
      onCall.refused(Errno.EACCES, listening("127.0.0.1", 62002));
    }
  }

  /** The third: an agent without any network, which reaches one host. */
  @Test
  void shouldLetASandboxReachOneName() throws Exception {
    Needs.programs("unshare");
    InetAddress local = InetAddress.getByName("127.0.0.3");
    try (ServerSocket server = new ServerSocket(0, 50, local)) {
      int port = server.getLocalPort();
      shared =
          SharedBroker.startWith(
              """
              [[rule]]
              name = "agents"
              user = ["%d"]
              connect = ["tcp:api.example.org:%d", "tcp:rebound.example.org:%d"]
              rights = ["RECV", "SEND", "SHUTDOWN", "GETOPT", "EVENT"]
              options = []
              share = "none"
              [[deny]]
              user = ["%d"]
              connect = ["tcp:127.0.0.1:*", "tcp:10.0.0.0/8:*", "tcp:169.254.169.254:*"]
              [quota.user.%d]
              sockets = 64
              """
                  .formatted(User.ALICE.uid(), port, port, User.ALICE.uid(), User.ALICE.uid()),
              """
              127.0.0.2 api.example.org
              127.0.0.3 api.example.org
              127.0.0.3 other.example.org
              127.0.0.3 rebound.example.org
              169.254.169.254 rebound.example.org
              """);
      List<String> line = new ArrayList<>(List.of("unshare", "--net"));
      line.addAll(
          shared.program(
              User.ALICE,
              Sandboxed.class,
              port + "",
              "api.example.org",
              "other.example.org",
              "rebound.example.org",
              "127.0.0.3"));
      Thread greeter = Thread.ofVirtual().start(() -> greet(server));
      Program.Result result =
          Program.run(Map.of("SOCKBROKER_SOCKET", shared.socket().toString()), line);
      assertThat(result.out().lines())
          .as(result.err())
          .containsExactly(
              "directly: Network is unreachable",
              "api.example.org: welcome",
              "other.example.org: Permission denied",
              "rebound.example.org: Permission denied",
              "127.0.0.3: Permission denied");
      greeter.join();
      assertThat(String.join("\n", shared.broker().log()))
          .contains("connect tcp:other.example.org:" + port)
          .contains("connect tcp:169.254.169.254:" + port);
    }
  }

  private static void greet(ServerSocket server) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write("welcome\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The fourth: a CI host that many share. */
  @Test
  void shouldShareAHostAmongMany() throws Exception {
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "ci"
            group = ["%d"]
            listen = ["tcp:127.0.0.1:1024-65535"]
            connect = ["tcp:127.0.0.0/8:*"]
            list = "user"
            """
                .formatted(User.MEMBERS));
    try (WireClient alice = shared.session(User.ALICE);
        WireClient again = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      int port = alice.ask(Reply.Opened.class, listening("127.0.0.1", 0)).local().port();
      alice.refused(Errno.EACCES, listening("0.0.0.0", 0));
      long client =
          mallory
              .ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM))
              .descriptor();
      mallory.ask(
          Reply.Addresses.class,
          new Request.Connect(client, Address.inet("127.0.0.1", port), null));
      mallory.refused(
          Errno.EACCES, new Request.Connect(client, Address.inet("192.0.2.1", 80), null));
      assertThat(again.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows()).hasSize(1);
      assertThat(mallory.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows())
          .allSatisfy(it -> assertThat(it.uid()).isEqualTo(User.MALLORY.uid()));
    }
  }

  /** The fifth: pods, which their cgroup tells apart and their uid does not. */
  @Test
  void shouldKnowPodsByTheirUnit() throws Exception {
    Path root = cgroups();
    Path slice = root.resolve("kubepods.slice");
    Path pod = slice.resolve("cri-" + ProcessHandle.current().pid() + ".scope");
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "ingress pods"
            unit = ["kubepods*"]
            user = ["%d"]
            listen = ["tcp:*:*"]
            [[deny]]
            unit = ["kubepods*"]
            listen = ["tcp:*:10250"]
            """
                .formatted(User.ALICE.uid()));
    try (WireClient outside = shared.session(User.ALICE)) {
      outside.refused(Errno.EACCES, listening("127.0.0.1", 0));
    }
    Files.createDirectories(pod);
    try {
      Path members = pod.resolve("cgroup.procs");
      Files.writeString(members, "" + shared.process(User.ALICE).pid());
      try (WireClient inside = shared.session(User.ALICE)) {
        inside.ask(Reply.Opened.class, listening("127.0.0.1", 0));
        inside.refused(Errno.EACCES, listening("127.0.0.1", 10250));
        shared.broker().upgrade();
        inside.ask(Reply.Opened.class, listening("127.0.0.1", 0));
      }
      Files.writeString(root.resolve("cgroup.procs"), "" + shared.process(User.ALICE).pid());
    } finally {
      Files.delete(pod);
      Files.delete(slice);
    }
  }

  /** The root of the hierarchy that tells the unit. A read-only one is mounted once more. */
  private Path cgroups() throws Exception {
    for (String place : List.of("/sys/fs/cgroup/systemd", "/sys/fs/cgroup")) {
      if (Files.isWritable(Path.of(place).resolve("cgroup.procs"))) {
        return Path.of(place);
      }
    }
    Needs.programs("mount", "umount");
    mounted = Files.createTempDirectory("sockbroker-cgroups");
    Program.Result result =
        Program.run(List.of("mount", "-t", "cgroup2", "cgroup2", mounted.toString()));
    Needs.that(result.exitCode() == 0, "needs a writable hierarchy of cgroups: " + result.err());
    return mounted;
  }

  @Test
  void shouldFollowNoLinkToAUnixSocket() throws Exception {
    Path directory = Files.createTempDirectory("sockbroker-links");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            user = ["%d"]
            listen = ["unix:%s/*"]
            connect = ["unix:%s/*"]
            """
                .formatted(User.ALICE.uid(), open, open));
    try (WireClient alice = shared.session(User.ALICE);
        WireClient root = shared.rootSession(false)) {
      root.ask(Reply.Opened.class, unixListening(directory.resolve("secret")));
      alice.ask(Reply.Opened.class, unixListening(open.resolve("own")));
      Files.createSymbolicLink(open.resolve("link"), directory.resolve("secret"));
      Files.createSymbolicLink(open.resolve("up"), directory);
      assertThat(connect(alice, open.resolve("own"))).isInstanceOf(Reply.Addresses.class);
      assertThat(connect(alice, open.resolve("link")))
          .isInstanceOfSatisfying(
              Reply.Error.class,
              it -> assertThat(it.message()).contains("symbolic link", "real path"));
      assertThat(connect(alice, open.resolve("x".repeat(135))))
          .isInstanceOfSatisfying(
              Reply.Error.class, it -> assertThat(it.message()).contains("use a shorter one"));
      assertThat(connect(alice, open.resolve("up/secret"))).isInstanceOf(Reply.Error.class);
      assertThat(connect(alice, open.resolve("../secret"))).isInstanceOf(Reply.Error.class);
      alice.refused(Errno.EACCES, unixListening(directory.resolve("mine")));
    } finally {
      shared.close();
      shared = null;
      delete(directory);
    }
  }

  private static Request.Open unixListening(Path path) {
    return Request.Open.of(Family.UNIX, SocketType.STREAM)
        .boundTo(Address.unix(path.toString()))
        .listening(4);
  }

  private static Reply connect(WireClient client, Path path) throws IOException {
    long socket =
        client
            .ask(Reply.Opened.class, Request.Open.of(Family.UNIX, SocketType.STREAM))
            .descriptor();
    return client.ask(new Request.Connect(socket, Address.unix(path.toString()), null));
  }

  @Test
  void shouldWriteTheAuditToAFile() throws Exception {
    Path home = Files.createTempDirectory("sockbroker-audit");
    Files.setAttribute(home, "unix:uid", User.BROKER.uid());
    Path audit = home.resolve("audit.log");
    shared =
        SharedBroker.startWith(
            "[audit]\nto = \"%s\"\ngrants = true\n[[rule]]\nuser = [\"%d\"]\nlisten = [\"tcp:*:*\"]\n"
                .formatted(audit, User.ALICE.uid()));
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      alice.ask(Reply.Opened.class, listening("127.0.0.1", 0));
      mallory.refused(Errno.EACCES, listening("127.0.0.1", 0));
      await()
          .atMost(30, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThat(Files.readAllLines(audit))
                      .anyMatch(it -> it.contains("\"uid\":" + User.MALLORY.uid()))
                      .anyMatch(it -> it.startsWith("{\"audit\":\"allowed\"")));
      Files.move(audit, home.resolve("audit.log.1"));
      assertThat(root("reload").exitCode()).isZero();
      mallory.refused(Errno.EACCES, listening("127.0.0.1", 0));
      await()
          .atMost(30, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(Files.readAllLines(audit)).isNotEmpty());
    } finally {
      shared.close();
      shared = null;
      delete(home);
    }
  }

  /** A limit for the size of files has the effect of a full disk. */
  @Test
  void shouldGoOnWithTheAuditWhenTheDiskHasRoomAgain() throws Exception {
    Needs.programs("prlimit");
    Path home = Files.createTempDirectory("sockbroker-audit");
    Files.setAttribute(home, "unix:uid", User.BROKER.uid());
    Path audit = Files.writeString(home.resolve("audit.log"), "{\"half\":");
    Files.setAttribute(audit, "unix:uid", User.BROKER.uid());
    shared =
        SharedBroker.startWith("[audit]\nto = \"%s\"\n[[rule]]\nuser = [\"1\"]\n".formatted(audit));
    try (WireClient mallory = shared.session(User.MALLORY)) {
      mallory.refused(Errno.EACCES, listening("127.0.0.1", 0));
      await().until(() -> Files.readAllLines(audit).size() == 2);
      limitFiles(Files.size(audit) + 10 + "");
      for (int i = 0; i < 5; i++) {
        mallory.refused(Errno.EACCES, listening("127.0.0.1", 0));
      }
      // The first has not got past its beginning.
      await()
          .untilAsserted(
              () ->
                  assertThat(root("metrics").out())
                      .contains("\nsockbroker_audit_entries_dropped_total 4.0\n"));
      limitFiles("unlimited");
      mallory.refused(Errno.EACCES, listening("127.0.0.1", 0));
      await().until(() -> Files.readAllLines(audit).size() == 4);
      List<String> lines = Files.readAllLines(audit);
      assertThat(lines.subList(1, 4))
          .allMatch(it -> it.startsWith("{\"audit\":\"refused\"") && it.endsWith("}"));
      assertThat(lines.get(3)).contains("\"dropped\":4");
    } finally {
      shared.close();
      shared = null;
      delete(home);
    }
  }

  private void limitFiles(String bytes) throws Exception {
    String pid = shared.broker().pid() + "";
    List<String> line = List.of("prlimit", "--pid", pid, "--fsize=" + bytes + ":");
    Program.run(User.BROKER.run(line)).orFail();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
