package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EADDRINUSE;
import static dev.sockbroker.protocol.Errno.ENOENT;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.Family.INET;
import static dev.sockbroker.protocol.Family.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.User;
import dev.sockbroker.system.contract.Scenario.On;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Scenarios NM-05 and VI-*: how users affect each other. */
class VisibilityTest {
  private static final Set<Right> ACCEPT = EnumSet.of(Right.ACCEPT);

  @Scenario(
      id = "NM-05",
      rules = {18},
      registers = false,
      on = On.ONCE,
      steps =
          "another user names a socket and lets others join; A and an administrator open and attach"
              + " that name; A does both again with `joinOthers`",
      expected = "EPERM each; ok, and the owner's uid")
  void nm05ShouldJoinAnotherUsersSocketOnRequestOnly(Scene scene) {
    String name = UUID.randomUUID().toString();
    Request.Open open = open(name, false);
    Holder squatted = scene.stranger().open();
    Set<Right> all = EnumSet.allOf(Right.class);
    squatted.actor().ask(new Request.Name(squatted.id(), name, 0, all, all));
    for (Actor actor : List.of(scene.a(), scene.administrator())) {
      actor.ask(open).fails(EPERM);
      actor.attach(name).fails(EPERM);
    }
    for (Request request : List.of(open(name, true), new Request.Attach(name, true))) {
      Holder joined = scene.a().ask(request).holder("A");
      assertThat(joined.socket()).isEqualTo(squatted.socket());
      assertThat(joined.opened().ownerUid()).isEqualTo(User.MALLORY.uid());
    }
  }

  @Scenario(
      id = "NM-06",
      rules = {18},
      registers = false,
      on = On.ONCE,
      steps =
          "A hands a socket without a name to another user, with all rights; that user names and"
              + " retains it; A does",
      expected = "EPERM; ok")
  void nm06ShouldLeaveNamingToTheUserOfTheSocket(Scene scene) {
    Holder own = scene.a().open();
    Actor stranger = scene.stranger();
    Holder redeemed = own.share(stranger);
    String name = UUID.randomUUID().toString();
    stranger.ask(Request.Name.of(redeemed.id(), name, Request.FOREVER)).fails(EPERM);
    scene.a().ask(Request.Name.of(own.id(), name, 0)).as(Reply.Done.class);
  }

  private static Request.Open open(String name, boolean joinOthers) {
    return new Request.Open(
        INET, SocketType.STREAM, 0, null, null, null, name, 0, null, null, joinOthers);
  }

  @Scenario(
      id = "VI-01",
      rules = {52},
      registers = false,
      on = On.ONCE,
      steps =
          "another user watches, lists and shows A's named socket; then A lets others join by the"
              + " name; list and show again",
      expected = "nothing happens, no row, ENOENT; a row and an answer without holders")
  void vi01ShouldHideASocketFromOtherUsers(Scene scene) {
    Actor stranger = scene.stranger();
    awaitEndOfOthers(stranger);
    stranger.ask(new Request.Watch(true));
    String name = UUID.randomUUID().toString();
    Holder socket = scene.a().ask(open(name, false)).holder("A");
    for (String id : List.of(name, "s" + socket.socket(), "d" + socket.id())) {
      stranger.ask(new Request.Show(id)).fails(ENOENT);
    }
    assertThat(rows(stranger, socket)).isEmpty();
    stranger.ask(new Request.Watch(false));
    scene.a().ask(new Request.Name(socket.id(), name, 0, null, ACCEPT));
    assertThat(rows(stranger, socket)).singleElement().returns(0L, Reply.DescriptorInfo::id);
    assertThat(stranger.ask(new Request.Show(name)).as(Reply.Shown.class).holders()).isEmpty();
    assertThat(rows(scene.b(), socket)).singleElement().returns(socket.id(), it -> it.id());
  }

  /** The descriptors of an earlier scenario's stranger close shortly after that scenario. */
  private static void awaitEndOfOthers(Actor stranger) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sessions(stranger).equals(List.of(stranger.sessionId())));
  }

  private static List<Reply.DescriptorInfo> rows(Actor actor, Holder socket) {
    Request list = Request.ListDescriptors.ofSocket(socket.socket());
    List<Reply.DescriptorInfo> rows = actor.ask(list).as(Reply.Listing.class).rows();
    return rows == null ? List.of() : rows;
  }

  @Scenario(
      id = "VI-02",
      rules = {53},
      registers = false,
      on = On.ONCE,
      steps =
          "another user lists sessions and ends A's; B does; an administrator ends the other user's"
              + " session",
      expected = "A's is not listed, ENOENT; ok, and A's session is over; ok")
  void vi02ShouldEndSessionsOfTheOwnUser(Scene scene) {
    Actor stranger = scene.stranger();
    Actor a = scene.another(scene.a());
    Holder socket = a.open();
    assertThat(sessions(stranger)).contains(stranger.sessionId()).doesNotContain(a.sessionId());
    assertThat(sessions(scene.b())).contains(a.sessionId());
    stranger.ask(new Request.EndSession(a.sessionId())).fails(ENOENT);
    scene.b().ask(new Request.EndSession(a.sessionId()));
    a.session().awaitEnd();
    scene.forget(a);
    Actor administrator = scene.administrator();
    administrator.ask(new Request.Show("s" + socket.socket())).fails(ENOENT);
    administrator.ask(new Request.EndSession(stranger.sessionId()));
    stranger.session().awaitEnd();
    scene.forget(stranger);
  }

  @Scenario(
      id = "VI-03",
      rules = {53},
      registers = false,
      on = On.UNIX,
      steps = "A connects a socket to the broker's own path, and by a link to it",
      expected = "EPERM each")
  void vi03ShouldNotConnectToItselfForAClient(Scene scene) throws IOException {
    Path broker = scene.suite().socket();
    Path link = Files.createSymbolicLink(scene.suite().newPath(), broker);
    for (Path path : List.of(broker, link)) {
      scene.a().open().connect(Address.unix(path.toString())).fails(EPERM);
    }
  }

  @Scenario(
      id = "VI-04",
      rules = {54},
      registers = false,
      on = On.ONCE,
      steps =
          "A binds a datagram socket with SO_REUSEADDR; another user binds one there, by the"
              + " wildcard and by the mapped address, then to a multicast address with that port; A"
              + " and an administrator bind there",
      expected = "EADDRINUSE each; ok; ok each")
  void vi04ShouldShareAPortWithTheOwnUserOnly(Scene scene) {
    Holder own = scene.a().ask(sharing(INET, Address.inet("127.0.0.1", 0))).holder("A");
    int port = own.opened().local().port();
    Actor stranger = scene.stranger();
    Address same = Address.inet("127.0.0.1", port);
    stranger.ask(sharing(INET, same)).fails(EADDRINUSE);
    stranger.ask(sharing(INET, Address.inet("0.0.0.0", port))).fails(EADDRINUSE);
    stranger.ask(sharing(INET6, Address.inet("::ffff:127.0.0.1", port))).fails(EADDRINUSE);
    stranger.ask(sharing(INET, Address.inet("239.1.2.3", port))).as(Reply.Opened.class);
    scene.a().ask(sharing(INET, same)).as(Reply.Opened.class);
    scene.administrator().ask(sharing(INET, same)).as(Reply.Opened.class);
  }

  @Scenario(
      id = "VI-05",
      rules = {82},
      registers = false,
      on = On.ONCE,
      steps =
          "A names two sockets, one of which others may join; A accepts a connection and receives 5"
              + " bytes; A, another user and an administrator list the names, show the broker and"
              + " ask for the metrics",
      expected =
          "A: both, with 1 accept and 5 bytes; the other user: the one, without holders; both no"
              + " totals, EPERM; the administrator: both and a row of all others; totals; the"
              + " metrics")
  void vi05ShouldCountForThoseWhoMaySeeIt(Scene scene) {
    Holder hidden = scene.a().listen(8);
    Holder joinable = scene.a().listen(8);
    String hiddenName = UUID.randomUUID().toString();
    String joinableName = UUID.randomUUID().toString();
    hidden.ask(Request.Name.of(hidden.id(), hiddenName, 0)).as(Reply.Done.class);
    joinable
        .ask(new Request.Name(joinable.id(), joinableName, 0, null, ACCEPT))
        .as(Reply.Done.class);
    Peer peer = scene.connect(joinable);
    Holder conn = joinable.accept().holder("A");
    peer.knows(conn);
    peer.send("hello");
    conn.recv(5).gives("hello");

    Reply.NameInfo own = row(scene.a(), joinableName);
    assertThat(own.accepts()).isEqualTo(1);
    assertThat(own.bytesIn()).isEqualTo(5);
    assertThat(own.holders()).isEqualTo(1);
    assertThat(row(scene.a(), hiddenName)).isNotNull();
    Actor stranger = scene.stranger();
    assertThat(row(stranger, joinableName).holders()).isZero();
    assertThat(row(stranger, hiddenName)).isNull();
    for (Actor actor : List.of(scene.a(), stranger)) {
      assertThat(row(actor, null)).isNull();
      assertThat(requests(actor)).isZero();
      actor.ask(new Request.ReadReport(ReportKind.METRICS, 0)).fails(EPERM);
    }
    Actor administrator = scene.administrator();
    assertThat(row(administrator, hiddenName)).isNotNull();
    assertThat(row(administrator, null)).isNotNull();
    assertThat(requests(administrator)).isPositive();
    assertThat(
            administrator
                .ask(new Request.ReadReport(ReportKind.METRICS, 0))
                .as(Reply.ReportPart.class)
                .text())
        .startsWith("# HELP ");
  }

  private static long requests(Actor actor) {
    return actor.ask(new Request.ShowBroker()).as(Reply.BrokerInfo.class).requests();
  }

  /** Returns null without a row of that name; the null name is the row of all others. */
  private static Reply.NameInfo row(Actor actor, String name) {
    long after = 0;
    Reply.Names page;
    do {
      page = actor.ask(new Request.ListNames(after)).as(Reply.Names.class);
      for (Reply.NameInfo it : page.rows() == null ? List.<Reply.NameInfo>of() : page.rows()) {
        if (Objects.equals(it.name(), name)) {
          return it;
        }
      }
      after = page.afterSocket();
    } while (page.more());
    return null;
  }

  private static Request.Open sharing(Family family, Address address) {
    return new Request.Open(
        family,
        SocketType.DGRAM,
        0,
        address,
        null,
        Map.of("SO_REUSEADDR", true),
        null,
        0,
        null,
        null);
  }

  private static List<Long> sessions(Actor actor) {
    return actor.ask(new Request.ListSessions(0)).as(Reply.Sessions.class).rows().stream()
        .map(Reply.SessionInfo::id)
        .toList();
  }
}
