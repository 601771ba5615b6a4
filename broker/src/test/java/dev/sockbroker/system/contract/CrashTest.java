package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.ENOENT;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;

/** Scenarios CR-*: the broker is killed, and the next one continues. */
@Timeout(300)
class CrashTest {
  private static final byte[] NONE = {};

  /** More than the buffers of both ends. */
  private static final int MANY_BYTES = 8 << 20;

  @Scenario(
      id = "CR-01",
      rules = {84, 85},
      registers = false,
      steps = "a send of 8 MiB, in part taken; crash; the peer reads; crash; it reads the rest",
      expected = "every byte once")
  void cr01ShouldKeepASendThatWaitsForRoom(Scene scene) {
    Pair pair = scene.pair();
    byte[] bytes = new byte[MANY_BYTES];
    new Random(1).nextBytes(bytes);
    Waiting send = pair.held().waitSend(bytes, 120_000);
    scene.crash();
    byte[] first = pair.peer().take(MANY_BYTES / 2);
    scene.crash();
    byte[] rest = pair.peer().take(MANY_BYTES / 2);
    send.ends();
    int half = MANY_BYTES / 2;
    assertThat(Arrays.mismatch(first, Arrays.copyOf(bytes, half))).isEqualTo(-1);
    assertThat(Arrays.mismatch(rest, Arrays.copyOfRange(bytes, half, MANY_BYTES))).isEqualTo(-1);
  }

  @Scenario(
      id = "CR-02",
      rules = {83},
      registers = false,
      steps =
          "A waits to accept; nobody holds another listener, which has a name; while there is no"
              + " broker, a client connects to each; B attaches to the name and accepts",
      expected = "A has the first, B the second")
  void cr02ShouldKeepListeners(Scene scene) {
    Holder first = scene.a().listen(8);
    Address second = namedListener(scene, "CR-02");
    Address local = first.local();
    Waiting accept = first.waitAccept();
    List<Peer> clients =
        scene.crash(() -> List.of(Peer.connect(scene, local), Peer.connect(scene, second)));
    clients.forEach(scene::closedAtTheEnd);
    Holder firstClient = accept.ends().holder("A");
    firstClient.send("one");
    clients.get(0).reads("one");
    Holder attached = scene.b().attach(name(scene, "CR-02")).holder("B");
    attached.accept().holder("B").send("two");
    clients.get(1).reads("two");
    attached.close();
  }

  private static String name(Scene scene, String id) {
    return id + " " + scene.a().sessionId();
  }

  /** A listener of A that nobody holds. */
  private static Address namedListener(Scene scene, String id) {
    Request open =
        Request.Open.of(scene.setting().family(), SocketType.STREAM)
            .boundTo(scene.loopback())
            .listening(5)
            .named(name(scene, id), 120_000L);
    Holder listener = scene.a().ask(open).holder("A");
    Address address = listener.local();
    listener.close();
    return address;
  }

  @Scenario(
      id = "CR-03",
      rules = {84},
      registers = false,
      on = On.ONCE,
      steps = "while there is no broker, B redeems a token; B redeems it again",
      expected = "a descriptor; EINVAL")
  void cr03ShouldServeWhatWasAskedMeanwhile(Scene scene) {
    Pair pair = scene.pair();
    String token = pair.held().tokenFor(scene.b());
    Waiting redeem = scene.crash(() -> scene.b().leave(new Request.Redeem(token)));
    redeem.ends().holder("B").send("hello");
    pair.peer().reads("hello");
    scene.b().redeem(token).fails(EINVAL);
  }

  @Scenario(
      id = "CR-04",
      rules = {88},
      registers = false,
      on = On.ONCE,
      steps =
          "B has a connection, and a listener with a name and a retention; while there is no"
              + " broker, B is killed; A attaches to the name",
      expected = "the peer sees the end; ok")
  void cr04ShouldEndTheSessionOfAProcessThatEndedMeanwhile(Scene scene) {
    Pair pair = scene.pair();
    pair.held().share(scene.b());
    pair.held().close();
    String name = name(scene, "CR-04");
    Request open =
        Request.Open.of(scene.setting().family(), SocketType.STREAM)
            .boundTo(scene.loopback())
            .listening(5)
            .named(name, 120_000L);
    scene.b().ask(open).holder("B");
    scene.crash(
        () -> {
          scene.b().killNow();
          return null;
        });
    pair.peer().seesEnd();
    scene.a().attach(name).holder("A").close();
  }

  @Scenario(
      id = "CR-05",
      rules = {88},
      registers = false,
      on = On.ONCE,
      steps =
          "a child of B has inherited B's connection; while there is no broker, B is killed and the"
              + " child lives on",
      expected = "the peer sees the end")
  void cr05ShouldNotTakeAChildForItsParent(Scene scene) throws IOException {
    Pair pair = scene.pair();
    pair.held().share(scene.b());
    pair.held().close();
    try (InheritingChild child = new InheritingChild(scene, scene.b().process())) {
      scene.crash(
          () -> {
            scene.b().killNow();
            return null;
          });
      pair.peer().seesEnd();
      assertThat(child.isAlive()).isTrue();
    }
  }

  @Scenario(
      id = "CR-06",
      rules = {85},
      registers = false,
      on = On.INTERNET,
      steps = "a datagram is sent to A; crash; another one; recv; crash; recv",
      expected = "each datagram once, in order")
  void cr06ShouldKeepDatagrams(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.bind(scene.loopback());
    Address local = socket.local();
    PlainDatagrams sender = scene.plainDatagrams();
    sender.send(local, "one");
    scene.crash();
    sender.send(local, "three");
    socket.recv(5).gives("one");
    scene.crash();
    socket.recv(5).gives("three");
  }

  @Scenario(
      id = "CR-07",
      rules = {85},
      registers = false,
      steps = "A: stream; the peer sends 5; crash; both send 5",
      expected = "every byte once")
  void cr07ShouldKeepAStream(Scene scene) {
    Pair pair = scene.pair();
    Peer stream = pair.held().stream();
    pair.peer().send("hello");
    scene.crash();
    stream.reads("hello");
    pair.peer().send("again");
    stream.reads("again");
    stream.send("world");
    pair.peer().reads("world");
  }

  @Scenario(
      id = "CR-11",
      rules = {89},
      registers = false,
      steps =
          "A closes the last descriptor of a connection, and of a listener; A binds its address",
      expected = "the peer sees the end; ok")
  void cr11ShouldNotKeepOpenWhatIsClosed(Scene scene) {
    Pair pair = scene.pair();
    pair.held().close();
    pair.peer().seesEnd();
    Holder listener = scene.a().listen(5);
    Address address = listener.local();
    listener.close();
    scene.a().open(SocketType.STREAM, address, 5).close();
  }

  @Scenario(
      id = "CR-12",
      rules = {83, 87},
      on = On.ONCE,
      steps = "REG(READ); crash; the peer sends 5",
      expected = "none; READ with the same number")
  void cr12ShouldKeepARegistration(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(READ).then("");
    scene.crash().none();
    pair.peer().send("hello").then("READ");
  }

  @Scenario(
      id = "CR-13",
      rules = {87},
      on = On.ONCE,
      steps = "REG(NOWR); the peer sends 5 and closes; A does not read; crash; recv 5; recv",
      expected = "READ; none; CLOSE(0)")
  void cr13ShouldReportTheEndAfterTheData(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR).then("");
    pair.peer().send("hello").then("READ");
    pair.peer().closes();
    scene.crash().none();
    pair.held().recv(5).gives("hello").then("CLOSE(0)");
    pair.held().recv(5).gives("");
  }

  @Scenario(
      id = "CR-14",
      rules = {87, 88},
      on = On.ONCE,
      steps = "B stands by for C; while there is no broker, C is killed; the peer sends 5",
      expected = "B is promoted; B: READ")
  void cr14ShouldPromoteAStandby(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.b());
    Holder third = pair.held().share(scene.c());
    second.regStandby(READ).then("");
    third.reg(READ).then("B: replaced by C and stands by");
    scene.crash(
        () -> {
          scene.c().killNow();
          return null;
        });
    scene.done().then("B: promoted");
    pair.peer().send("hello").then("B: READ");
  }

  @Scenario(
      id = "CR-15",
      rules = {86},
      registers = false,
      on = On.ONCE,
      steps =
          "A waits 3 s to receive; a token for a user, with 3 s; a listener that nobody holds,"
              + " retained for 3 s; crash; nothing comes; after 4 s B redeems and attaches",
      expected = "ETIMEDOUT of its own time; EINVAL; ENOENT")
  void cr15ShouldKeepTimes(Scene scene) {
    Pair pair = scene.pair();
    String name = name(scene, "CR-15");
    Request open =
        Request.Open.of(scene.setting().family(), SocketType.STREAM)
            .boundTo(scene.loopback())
            .listening(5)
            .named(name, 3000L);
    scene.a().ask(open).holder("A").close();
    long uid = scene.a().session().welcome().uid();
    String token = pair.held().duplicateForUser(uid, 3000L).as(Reply.Duplicated.class).token();
    Waiting three = pair.held().waitRecv(1, 3000L);
    Waiting four = pair.held().share(scene.b()).waitRecv(1, 4000L);
    scene.crash();
    three.ends().timesOut();
    four.ends().timesOut();
    scene.b().redeem(token).fails(EINVAL);
    scene.b().attach(name).fails(ENOENT);
  }

  @Scenario(
      id = "CR-16",
      rules = {90},
      registers = false,
      on = On.ONCE,
      steps = "other programs connect all the time, each with a new session; 3 crashes",
      expected = "each is welcomed")
  void cr16ShouldWelcomeClientsAllTheTime(Scene scene) throws Exception {
    try (Newcomers newcomers = new Newcomers(scene.suite().socket())) {
      for (int i = 0; i < 3; i++) {
        scene.crash();
      }
      newcomers.assertAllWelcomed();
    }
  }

  @Scenario(
      id = "CR-17",
      rules = {83},
      registers = false,
      on = On.ONCE,
      steps = "a program sits in recv on the raw fd of A's connection; crash; the peer sends 5",
      expected = "the program has them")
  void cr17ShouldNotDisturbRawFds(Scene scene) {
    Pair pair = scene.pair();
    RawHolder program = new RawHolder(pair.held(), "receive");
    scene.crash();
    pair.peer().send("hello");
    program.receives("hello");
  }

  @Scenario(
      id = "CR-18",
      rules = {83},
      registers = false,
      on = On.ONCE,
      steps = "a wait for two event objects, one of which is set; crash; the other is set",
      expected = "both are returned")
  void cr18ShouldKeepEventObjects(Scene scene) {
    long one = scene.a().newObject();
    long two = scene.a().newObject();
    scene.a().ask(new Request.SetEvent(one)).then("A: signalled");
    Waiting wait = scene.a().begin(new Request.WaitEvents(List.of(one, two), true, 120_000L), NONE);
    scene.crash();
    wait.stillWaits();
    scene.a().ask(new Request.SetEvent(two)).then("A: signalled");
    Reply.Signalled signalled = wait.ends().as(Reply.Signalled.class);
    assertThat(signalled.objects()).containsExactly(one, two);
  }

  @Scenario(
      id = "CR-19",
      rules = {84},
      registers = false,
      on = On.ONCE,
      steps = "A and B wait to receive, in this order; crash; the peer sends 1 byte, 1 byte",
      expected = "A, B")
  void cr19ShouldKeepTheOrderOfWaitingOperations(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    Waiting first = pair.held().waitRecv(1);
    Waiting second = other.waitRecv(1);
    scene.crash();
    pair.peer().send("a");
    first.ends().gives("a");
    second.stillWaits();
    pair.peer().send("b");
    second.ends().gives("b");
  }
}
