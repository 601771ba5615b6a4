package dev.sockbroker.system;

import static dev.sockbroker.protocol.Errno.ECANCELED;
import static dev.sockbroker.protocol.Errno.ENOENT;
import static dev.sockbroker.protocol.Errno.EPERM;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * One broker with several users: who may connect, what they see, and how they affect each other.
 */
class UsersTest {
  private static SharedBroker shared;

  @BeforeAll
  static void start() throws Exception {
    shared = SharedBroker.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (shared != null) {
      shared.close();
    }
  }

  @Test
  void shouldSeeClientsAsTheUsersThatTheyAre() throws Exception {
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      assertThat(alice.welcome().uid()).isEqualTo(User.ALICE.uid());
      assertThat(mallory.welcome().uid()).isEqualTo(User.MALLORY.uid());
      assertThat(mallory.welcome().pid()).isEqualTo((int) shared.process(User.MALLORY).pid());
    }
  }

  @Test
  void shouldMakeAdministratorsOfRootAndItsOwnUserOnly() throws Exception {
    try (WireClient root = shared.rootSession(true);
        WireClient own = shared.connect(User.BROKER);
        WireClient mallory = shared.connect(User.MALLORY)) {
      assertThat(root.welcome().administrator()).isTrue();
      assertThat(((Reply.Welcome) own.hello(true)).administrator()).isTrue();
      assertThat(((Reply.Error) mallory.hello(true)).errno()).isEqualTo(EPERM);
    }
  }

  @Test
  void shouldJoinWhatAnotherUserHasNamedOnRequestOnly() throws Exception {
    try (WireClient mallory = shared.session(User.MALLORY);
        WireClient alice = shared.session(User.ALICE);
        WireClient root = shared.rootSession(false);
        WireClient administrator = shared.rootSession(true)) {
      Reply.Opened squatted =
          mallory.ask(Reply.Opened.class, open("squatted", Set.of(Right.ACCEPT)));
      for (WireClient client : List.of(alice, root, administrator)) {
        assertThat(client.refused(EPERM, open("squatted", null)).message())
            .contains("uid " + User.MALLORY.uid(), "--join-others");
        client.refused(EPERM, new Request.Attach("squatted"));
        Reply.Opened joined = client.ask(Reply.Opened.class, new Request.Attach("squatted", true));
        assertThat(joined.socket()).isEqualTo(squatted.socket());
        assertThat(joined.ownerUid()).isEqualTo(User.MALLORY.uid());
      }
      Command command = shared.command(User.ALICE);
      List<String> open =
          List.of("open", "--name=squatted", "--retain=1s", "--json", "tcp-listen:127.0.0.1:0");
      assertThat(command.run(open.toArray(String[]::new)).err()).contains("--join-others");
      List<String> joining = new ArrayList<>(open);
      joining.add(1, "--join-others");
      assertThat(command.run(joining.toArray(String[]::new)).out())
          .contains("\"ownerUid\":" + User.MALLORY.uid());
      assertThat(command.run("show", "squatted").out()).contains(User.MALLORY.uid() + "");
    }
  }

  @Test
  void shouldShowEachUserWhatIsItsOwn() throws Exception {
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      mallory.ask(new Request.Watch(true));
      Reply.Opened opened = alice.ask(Reply.Opened.class, open("private", null));
      assertThat(shared.command(User.MALLORY).run("list").out()).doesNotContain("private");
      assertThat(shared.command(User.ALICE).run("list").out()).contains("private");
      assertThat(Command.to(shared.socket()).run("list").out()).contains("private");
      for (String id : List.of("private", "s" + opened.socket(), "d" + opened.descriptor())) {
        mallory.refused(ENOENT, new Request.Show(id));
        alice.ask(Reply.Shown.class, new Request.Show(id));
      }
      alice.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
      Reply.Opened own = mallory.ask(Reply.Opened.class, open("mine", null));
      Event.Happening happening = (Event.Happening) mallory.event();
      while (happening.what() != Event.What.OPENED) {
        // its own sessions and those of its commands
        assertThat(happening.socket()).isZero();
        happening = (Event.Happening) mallory.event();
      }
      assertThat(happening.socket()).isEqualTo(own.socket());
    }
  }

  @Test
  void shouldLeaveANameToTheUserWhoGaveIt() throws Exception {
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY);
        WireClient administrator = shared.rootSession(true)) {
      Reply.Opened own = alice.ask(Reply.Opened.class, open("given", EnumSet.allOf(Right.class)));
      Reply.Opened joined = mallory.ask(Reply.Opened.class, new Request.Attach("given", true));
      for (String name : new String[] {"given", "taken", null}) {
        assertThat(mallory.refused(EPERM, name(joined, name)).message())
            .contains("belongs to uid " + User.ALICE.uid());
      }
      alice.ask(Reply.Done.class, name(own, "changed"));
      Reply.Opened held =
          administrator.ask(Reply.Opened.class, new Request.Attach("changed", true));
      administrator.ask(Reply.Done.class, name(held, null));
    }
  }

  private static Request.Name name(Reply.Opened socket, String name) {
    return Request.Name.of(socket.descriptor(), name, 0);
  }

  private static Request.Open open(String name, Set<Right> others) {
    return new Request.Open(
        Family.INET,
        SocketType.STREAM,
        0,
        Address.inet("127.0.0.1", 0),
        8,
        null,
        name,
        0,
        null,
        others);
  }

  @Test
  void shouldEndSessionsThatOutliveTheirConnections() throws Exception {
    int before = shared.broker().fdCount();
    WireClient lasting = shared.connect(User.MALLORY);
    Reply.Welcome welcome = (Reply.Welcome) lasting.hello(false, Lifetime.PROCESS);
    lasting.ask(Reply.Opened.class, open("lasting", null));
    lasting.close();
    String session = welcome.session() + "";
    assertThat(shared.command(User.ALICE).run("sessions", "--json").out())
        .doesNotContain("\"session\":" + session + ",");
    assertThat(shared.command(User.ALICE).run("end", session).exitCode()).isEqualTo(3);
    assertThat(Command.to(shared.socket()).run("sessions", "--json").out())
        .contains("\"session\":" + session + ",", "\"lifetime\":\"PROCESS\"");
    assertThat(Command.to(shared.socket()).run("end", session).exitCode()).isZero();
    assertThat(Command.to(shared.socket()).run("end", session).exitCode()).isEqualTo(3);
    await().atMost(30, SECONDS).until(() -> shared.broker().fdCount() <= before);
  }

  @Test
  void shouldTellAClientWhoEndedItsSession() throws Exception {
    try (WireClient mallory = shared.session(User.MALLORY)) {
      Command.to(shared.socket()).run("end", mallory.welcome().session() + "");
      assertThat(mallory.assertEndsWith(ECANCELED).message()).contains("of uid 0");
    }
  }

  @Test
  void shouldNotServeAGroupAsRootUnlessItIsTrusted() throws Exception {
    Command serve = Command.to(shared.socket().resolveSibling("other.sock"));
    Command.Result refused = serve.run("serve", "--group", User.MEMBERS + "");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("as root", "--trust-group");
  }

  @Test
  void shouldKeepOutWhoIsNotInItsGroup() throws Exception {
    Command.Result ping = shared.command(User.STRANGER).run("ping", "-c", "1");
    assertThat(ping.exitCode()).isNotZero();
    assertThat(shared.command(User.ALICE).run("ping", "-c", "1").exitCode()).isZero();
  }
}
