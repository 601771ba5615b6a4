package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EALREADY;
import static dev.sockbroker.protocol.Errno.ECANCELED;
import static dev.sockbroker.protocol.Errno.ECONNRESET;
import static dev.sockbroker.protocol.Errno.EINPROGRESS;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.ENOENT;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.system.contract.Scene.ALL;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.WireClient;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;

/** Scenarios UP-*: another process becomes the broker. */
@Timeout(300)
class UpgradeTest {
  private static final byte[] NONE = {};

  /** More than the buffers of both ends. */
  private static final int MANY_BYTES = 8 << 20;

  @Scenario(
      id = "UP-04",
      rules = {55, 56, 57},
      registers = false,
      steps = "A and B wait to receive, in this order; upgrade; the peer sends 1 byte, 1 byte",
      expected = "A, B")
  void up04ShouldKeepTheOrderOfWaitingOperations(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting first = pair.held().waitRecv(1);
    Waiting second = other.waitRecv(1);
    scene.upgrade();
    pair.peer().send("a");
    first.ends().gives("a");
    second.stillWaits();
    pair.peer().send("b");
    second.ends().gives("b");
  }

  @Scenario(
      id = "UP-05",
      rules = {59},
      registers = false,
      on = On.ONCE,
      steps = "A waits 3 s to receive; upgrade; nothing comes",
      expected = "ETIMEDOUT of its own time")
  void up05ShouldKeepTheTimeOfAWaitingOperation(Scene scene) {
    Pair pair = scene.pair();
    Waiting receive = pair.held().waitRecv(1, 3000L);
    scene.upgrade();
    receive.ends().timesOut();
  }

  @Scenario(
      id = "UP-07",
      rules = {55, 57},
      steps = "a blocking receive of A waits; B: REG(READ); upgrade; the peer sends 5",
      expected = "A has them; B hears nothing")
  void up07ShouldKeepABlockingReceiveBesideARegistration(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting receive = pair.held().waitRecv(5);
    other.reg(READ);
    scene.upgrade();
    pair.peer().send("hello");
    receive.ends().gives("hello");
  }

  @Scenario(
      id = "UP-08",
      rules = {59},
      registers = false,
      on = On.ONCE,
      steps = "SO_RCVTIMEO 3 s; a blocking receive; upgrade",
      expected = "EAGAIN")
  void up08ShouldKeepTheTimeOfTheSocket(Scene scene) {
    Pair pair = scene.pair();
    pair.held().set("SO_RCVTIMEO", 3000L);
    Waiting receive = pair.held().waitRecv(1, null);
    scene.upgrade();
    receive.ends().fails(EAGAIN);
  }

  @Scenario(
      id = "UP-09",
      rules = {57, 58, 65},
      registers = false,
      steps = "a send of 8 MiB, in part taken; upgrade; the peer reads; upgrade; it reads the rest",
      expected = "every byte once")
  void up09ShouldKeepASendThatWaitsForRoom(Scene scene) {
    Pair pair = scene.pair();
    byte[] bytes = new byte[MANY_BYTES];
    new Random(9).nextBytes(bytes);
    Waiting send = pair.held().waitSend(bytes, 120_000);
    scene.upgrade();
    byte[] first = pair.peer().take(MANY_BYTES / 2);
    scene.upgrade();
    byte[] rest = pair.peer().take(MANY_BYTES / 2);
    send.ends();
    int half = MANY_BYTES / 2;
    assertThat(Arrays.mismatch(first, Arrays.copyOf(bytes, half))).isEqualTo(-1);
    assertThat(Arrays.mismatch(rest, Arrays.copyOfRange(bytes, half, MANY_BYTES))).isEqualTo(-1);
  }

  @Scenario(
      id = "UP-10",
      rules = {60},
      steps = "REG(READ); the peer sends 5; upgrade; recv 2",
      expected = "READ; none; READ")
  void up10ShouldNotReportAgainWhatWasReported(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(READ).then("");
    pair.peer().send("hello").then("READ");
    scene.upgrade().none();
    pair.held().recv(2).gives("he").then("READ");
  }

  @Scenario(
      id = "UP-11",
      rules = {55, 60},
      steps = "REG(READ); upgrade; the peer sends 5",
      expected = "none; READ with the same number")
  void up11ShouldKeepARegistration(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(READ).then("");
    scene.upgrade().none();
    pair.peer().send("hello").then("READ");
  }

  @Scenario(
      id = "UP-12",
      rules = {55},
      registers = false,
      on = On.ONCE,
      steps = "a wait for two event objects, one of which is set; upgrade; the other is set",
      expected = "both are returned")
  void up12ShouldKeepEventObjects(Scene scene) {
    long one = scene.a().newObject();
    long two = scene.a().newObject();
    scene.a().ask(new Request.SetEvent(one)).then("A: signalled");
    Waiting wait = scene.a().begin(new Request.WaitEvents(List.of(one, two), true, 120_000L), NONE);
    scene.upgrade();
    wait.stillWaits();
    scene.a().ask(new Request.SetEvent(two)).then("A: signalled");
    Reply.Signalled signalled = wait.ends().as(Reply.Signalled.class);
    assertThat(signalled.objects()).containsExactly(one, two);
  }

  @Scenario(
      id = "UP-13",
      rules = {55, 59},
      registers = false,
      on = On.ONCE,
      steps =
          "tokens for B and for a user with 3 s; upgrade; B redeems the first; again; the second,"
              + " after 3 s",
      expected = "ok; EINVAL; EINVAL")
  void up13ShouldKeepTokensAndTheirTime(Scene scene) {
    Holder socket = scene.pair().held();
    String token = socket.tokenFor(scene.b());
    long uid = scene.a().session().welcome().uid();
    String brief = socket.duplicateForUser(uid, 3000L).as(Reply.Duplicated.class).token();
    Waiting threeSeconds = socket.waitRecv(1, 3000L);
    scene.upgrade();
    scene.b().redeem(token).holder("B").close();
    scene.b().redeem(token).fails(EINVAL);
    threeSeconds.ends().timesOut();
    scene.b().redeem(brief).fails(EINVAL);
  }

  @Scenario(
      id = "UP-14",
      rules = {55},
      registers = false,
      steps = "only a token for B's process keeps a connection open; upgrade; B exits",
      expected = "none; the peer sees the end")
  void up14ShouldEndATokenWithItsProcess(Scene scene) {
    Pair pair = scene.pair();
    pair.held().tokenFor(scene.b());
    pair.held().close();
    scene.upgrade();
    pair.peer().seesNothing();
    scene.b().exit();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "UP-15",
      rules = {55, 59},
      registers = false,
      on = On.ONCE,
      steps = "a named listener, retained for 3 s, that nobody holds; upgrade; attach after 3 s",
      expected = "ENOENT")
  void up15ShouldKeepTheTimeOfARetention(Scene scene) {
    Holder clock = scene.pair().held();
    String name = "UP-15 " + clock.socket();
    Request open =
        Request.Open.of(scene.setting().family(), SocketType.STREAM)
            .boundTo(scene.loopback())
            .listening(5)
            .named(name, 3000L);
    scene.a().ask(open).holder("A").close();
    Waiting threeSeconds = clock.waitRecv(1, 3500L);
    scene.upgrade();
    threeSeconds.ends().timesOut();
    scene.b().attach(name).fails(ENOENT);
  }

  @Scenario(
      id = "UP-16",
      rules = {56, 64},
      registers = false,
      on = On.ONCE,
      steps = "other programs connect all the time, each with a new session; 3 upgrades",
      expected = "each is welcomed")
  void up16ShouldWelcomeClientsAllTheTime(Scene scene) throws Exception {
    try (Newcomers newcomers = new Newcomers(scene.suite().socket())) {
      for (int i = 0; i < 3; i++) {
        scene.upgrade();
      }
      newcomers.assertAllWelcomed();
    }
  }

  @Scenario(
      id = "UP-18",
      rules = {58, 60},
      steps = "REG(NOWR); the peer sends 5 and closes; A does not read; upgrade; recv 5; recv",
      expected = "READ; none; CLOSE(0)")
  void up18ShouldReportTheEndAfterTheData(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR).then("");
    pair.peer().send("hello").then("READ");
    pair.peer().closes();
    scene.upgrade().none();
    pair.held().recv(5).gives("hello").then("CLOSE(0)");
    pair.held().recv(5).gives("");
  }

  @Scenario(
      id = "UP-19",
      rules = {55, 60},
      registers = false,
      on = On.ONCE,
      steps = "REG(ALL); connect to a full listener; upgrade; room is made",
      expected = "EINPROGRESS; CONNECT(0), WRITE; SO_ERROR 0")
  void up19ShouldKeepConnecting(Scene scene) {
    Holder full = scene.c().listen(0);
    scene.connect(full);
    Holder client = scene.a().open();
    client.reg(ALL).then("");
    client.connectNow(full.local()).fails(EINPROGRESS);
    scene.upgrade();
    full.accept().then("A: CONNECT(0), WRITE");
    client.get("SO_ERROR").is(0);
  }

  @Scenario(
      id = "UP-21",
      rules = {66},
      registers = false,
      steps = "a program sits in recv on the raw fd of A's connection; upgrade; the peer sends 5",
      expected = "the program has them")
  void up21ShouldNotDisturbRawFds(Scene scene) {
    Pair pair = scene.pair();
    RawHolder program = new RawHolder(pair.held(), "receive");
    scene.upgrade();
    pair.peer().send("hello");
    program.receives("hello");
  }

  @Scenario(
      id = "UP-23",
      rules = {61},
      registers = false,
      on = On.ONCE,
      steps = "A waits to receive; an upgrade that may pause clients for 1 ms; the peer sends 5",
      expected = "ECANCELED; A has them")
  void up23ShouldContinueIfAnUpgradeFails(Scene scene) {
    Pair pair = scene.pair();
    Waiting receive = pair.held().waitRecv(5);
    scene.upgrade(1).fails(ECANCELED);
    receive.stillWaits();
    pair.peer().send("hello");
    receive.ends().gives("hello");
  }

  @Scenario(
      id = "UP-25",
      rules = {62, 63, 67},
      registers = false,
      on = On.ONCE,
      steps =
          "an upgrade of a session that is not an administrator's; two upgrades at the same time; a"
              + " watcher; the broker's counters",
      expected = "EPERM; one is EALREADY; the watcher is told; one upgrade more")
  void up25ShouldUpgradeOnceAtATime(Scene scene) throws IOException {
    scene.a().ask(new Request.Upgrade(null)).fails(EPERM);
    Actor administrator = scene.administrator();
    int before = counters(administrator).upgrades();
    try (WireClient watcher = WireClient.connect(scene.suite().socket())) {
      watcher.hello(true);
      watcher.ask(Reply.Done.class, new Request.Watch(true));
      Waiting upgrade = administrator.begin(new Request.Upgrade(10_000L), NONE);
      administrator.ask(new Request.Upgrade(10_000L)).fails(EALREADY);
      Reply.Upgraded done = upgrade.endsWithin(Scene.UPGRADE_SECONDS).as(Reply.Upgraded.class);
      assertThat(upgradeOf(watcher)).startsWith(done.from() + " -> " + done.to());
      assertThat(counters(administrator).upgrades()).isEqualTo(before + 1);
      assertThat(counters(administrator).pauseMicros()).isEqualTo(done.pauseMicros());
    }
  }

  private static String upgradeOf(WireClient watcher) throws IOException {
    while (true) {
      if (watcher.event() instanceof Event.Happening it && it.what() == Event.What.UPGRADED) {
        return it.detail();
      }
    }
  }

  private static Reply.BrokerInfo counters(Actor watcher) {
    return watcher.ask(new Request.ShowBroker()).as(Reply.BrokerInfo.class);
  }

  @Scenario(
      id = "UP-27",
      rules = {55},
      registers = false,
      on = On.INTERNET,
      steps = "the peer resets; A reads its addresses; upgrade; A reads them; SO_ERROR; recv",
      expected = "the same addresses; ECONNRESET; 0 bytes or ECONNRESET")
  void up27ShouldKeepAPendingError(Scene scene) {
    Pair pair = scene.pair();
    String local = pair.held().local().toString();
    pair.peer().reset();
    scene.upgrade();
    assertThat(pair.held().local().toString()).isEqualTo(local);
    pair.held().get("SO_ERROR").is(ECONNRESET);
  }
}
