package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.ECANCELED;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EMFILE;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** Scenarios DU-*: tokens and the descriptors from them. */
class DuplicationTest {
  @Scenario(
      id = "DU-01",
      rules = {4, 13},
      registers = false,
      on = On.ONCE,
      steps =
          "duplicate an unknown descriptor; a valid one to pid 0; to a dead pid, a zombie, a"
              + " thread id",
      expected = "EBADF; EINVAL; EINVAL")
  void du01ShouldRefuseWhatNobodyCanRedeem(Scene scene) throws Exception {
    Holder socket = scene.a().open();
    Request unknown = Request.Duplicate.toPid(socket.id() + 1000, scene.b().pid());
    scene.a().ask(unknown).fails(EBADF);
    socket.duplicate(0, null).fails(EINVAL);
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    socket.duplicate((int) dead.pid(), null).fails(EINVAL);
    try (Zombie zombie = new Zombie()) {
      socket.duplicate(zombie.pid(), null).fails(EINVAL);
    }
    socket.duplicate(threadOf(ProcessHandle.current().pid()), null).fails(EINVAL);
  }

  private static int threadOf(long pid) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return tasks
          .mapToInt(task -> Integer.parseInt(task.getFileName().toString()))
          .filter(it -> it != pid)
          .findFirst()
          .orElseThrow();
    }
  }

  @Scenario(
      id = "DU-02",
      rules = {2, 10},
      registers = false,
      on = On.INTERNET,
      steps = "duplicate a fresh TCP, then UDP socket; look at the reply",
      expected = "family, type, protocol of the socket")
  void du02ShouldTellWhatTheTokenIsFor(Scene scene) {
    checkKind(scene, scene.a().open(), SocketType.STREAM, 6);
    checkKind(scene, scene.a().openDatagram(), SocketType.DGRAM, 17);
  }

  private static void checkKind(Scene scene, Holder socket, SocketType type, int protocol) {
    var token = socket.duplicate(scene.b().pid(), null).as(Reply.Duplicated.class);
    assertThat(token.family()).isEqualTo(scene.setting().family());
    assertThat(token.type()).isEqualTo(type);
    assertThat(token.protocol()).isEqualTo(protocol);
    var redeemed = scene.b().redeem(token.token()).as(Reply.Opened.class);
    assertThat(redeemed.family()).isEqualTo(scene.setting().family());
    assertThat(redeemed.type()).isEqualTo(type);
    assertThat(redeemed.protocol()).isEqualTo(protocol);
  }

  @Scenario(
      id = "DU-03",
      rules = {1, 2, 10},
      registers = false,
      on = On.INTERNET,
      steps =
          "UDP: duplicate unbound; bind the source to loopback; redeem; sendto own address through"
              + " the source; recvfrom through the duplicate",
      expected = "the datagram")
  void du03ShouldBindForTheDuplicateToo(Scene scene) {
    Holder source = scene.a().openDatagram();
    String token = source.tokenFor(scene.b());
    source.bind(scene.loopback());
    Holder duplicate = scene.b().redeem(token).holder("B");
    source.sendTo(source.local(), "hello");
    duplicate.recv(10).gives("hello");
  }

  @Scenario(
      id = "DU-04",
      rules = {1, 2, 10},
      registers = false,
      on = On.INTERNET,
      steps = "as DU-03 but redeem before the bind",
      expected = "the same")
  void du04ShouldBindForADuplicateThatIsThere(Scene scene) {
    Holder source = scene.a().openDatagram();
    Holder duplicate = source.share(scene.b());
    source.bind(scene.loopback());
    source.sendTo(source.local(), "hello");
    duplicate.recv(10).gives("hello");
  }

  @Scenario(
      id = "DU-05",
      rules = {12},
      registers = false,
      on = On.INTERNET,
      steps =
          "UDP, to a bound receiver: send; duplicate, redeem; send on the duplicate; close the"
              + " source; send on the duplicate; close",
      expected = "all succeed")
  void du05ShouldOutliveItsSource(Scene scene) {
    PlainDatagrams receiver = scene.plainDatagrams();
    Address to = receiver.address();
    Holder source = scene.a().openDatagram();
    source.sendTo(to, "one");
    Holder duplicate = source.share(scene.b());
    duplicate.sendTo(to, "two");
    source.close();
    duplicate.sendTo(to, "three");
    duplicate.close();
    receiver.receives("one");
    receiver.receives("two");
    receiver.receives("three");
  }

  @Scenario(
      id = "DU-06",
      rules = {12, 17},
      registers = false,
      steps =
          "listener duplicated; a waiting accept through the duplicate; close the duplicate; close"
              + " the source",
      expected = "ECANCELED at the first close")
  void du06ShouldEndWhatWaitsThroughAClosedDescriptor(Scene scene) {
    Holder source = scene.a().listen(8);
    Holder duplicate = source.share(scene.b());
    Waiting accept = duplicate.waitAccept();
    duplicate.close();
    accept.ends().fails(ECANCELED);
    source.close();
  }

  @Scenario(
      id = "DU-07",
      rules = {12, 17},
      registers = false,
      steps = "as DU-06 but close the source first",
      expected = "the accept goes on; a client that connects is accepted")
  void du07ShouldGoOnWaitingThroughTheDuplicate(Scene scene) {
    Holder source = scene.a().listen(8);
    Holder duplicate = source.share(scene.b());
    Waiting accept = duplicate.waitAccept();
    source.close();
    accept.stillWaits();
    Peer client = scene.connect(duplicate);
    Holder accepted = accept.ends().holder("accepted");
    client.send("hello");
    accepted.recv(5).gives("hello");
  }

  @Scenario(
      id = "DU-08",
      rules = {5},
      registers = false,
      on = On.ONCE,
      steps = "redeem a missing, 1-character, overlong, random token",
      expected = "EINVAL each; the session lives")
  void du08ShouldRefuseWhatIsNoToken(Scene scene) {
    scene.b().redeem("").fails(EINVAL);
    scene.b().redeem("x").fails(EINVAL);
    scene.b().redeem("x".repeat(100_000)).fails(EINVAL);
    String token = scene.a().open().tokenFor(scene.b());
    String other = new StringBuilder(token).reverse().toString();
    scene.b().redeem(other).fails(EINVAL);
    scene.b().redeem(token).holder("B");
  }

  @Scenario(
      id = "DU-09",
      rules = {5},
      registers = false,
      on = On.ONCE,
      steps = "redeem the same token twice",
      expected = "ok, EINVAL")
  void du09ShouldRedeemOnce(Scene scene) {
    String token = scene.a().open().tokenFor(scene.b());
    scene.b().redeem(token).holder("B");
    scene.b().redeem(token).fails(EINVAL);
  }

  @Scenario(
      id = "DU-10",
      rules = {6},
      registers = false,
      on = On.ONCE,
      steps = "a token for B shown by C, then by B",
      expected = "EINVAL, then ok")
  void du10ShouldStayGoodForItsTarget(Scene scene) {
    String token = scene.a().open().tokenFor(scene.b());
    scene.c().redeem(token).fails(EINVAL);
    scene.b().redeem(token).holder("B");
  }

  @Scenario(
      id = "DU-11",
      rules = {8, 9},
      registers = false,
      steps = "a token for B, not redeemed; A closes; B exits; all data read",
      expected = "the socket closes, its peer sees end of stream")
  void du11ShouldEndATokenWithItsTarget(Scene scene) {
    Pair pair = scene.pair();
    pair.held().tokenFor(scene.b());
    pair.held().close();
    pair.peer().seesNothing();
    scene.b().exit();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "DU-12",
      rules = {7, 20},
      registers = false,
      on = On.ONCE,
      steps = "B at its descriptor limit redeems; closes one; redeems again",
      expected = "EMFILE, ok")
  void du12ShouldNotUseATokenUpAtTheLimit(Scene scene) {
    Holder filler = scene.b().fillDescriptors();
    String token = scene.a().open().tokenFor(scene.b());
    scene.b().redeem(token).fails(EMFILE);
    filler.close();
    scene.b().redeem(token).holder("B");
  }

  @Scenario(
      id = "DU-13",
      rules = {10, 22},
      registers = false,
      steps =
          "bound listener duplicated, source closed; a client connects to the duplicate's local"
              + " address; accept, exchange data",
      expected = "works")
  void du13ShouldAcceptThroughADuplicate(Scene scene) {
    Holder source = scene.a().listen(8);
    Holder duplicate = source.share(scene.b());
    source.close();
    Peer client = scene.connect(duplicate);
    Holder accepted = duplicate.accept().holder("accepted");
    client.send("ping");
    accepted.recv(4).gives("ping");
    accepted.send("pong");
    client.reads("pong");
  }

  @Scenario(
      id = "DU-14",
      rules = {13},
      registers = false,
      on = On.ONCE,
      steps = "a child process that B starts tries B's descriptor ids on a session of its own",
      expected = "EBADF")
  void du14ShouldNotLetAChildUseItsParentsDescriptors(Scene scene) {
    Holder held = scene.a().open().share(scene.b());
    WorkerProcess process = scene.b().process();
    Actor child = scene.join(new Actor(scene, "child of B", process, process.openChildSession()));
    assertThat(child.pid()).isNotEqualTo(scene.b().pid());
    child.ask(new Request.GetAddresses(held.id())).fails(EBADF);
    child.ask(new Request.Close(held.id())).fails(EBADF);
    held.get("SO_TYPE").is(1);
  }

  @Scenario(
      id = "DU-15",
      rules = {11},
      registers = false,
      steps = "token with rights RECV; B sends, sets an option, registers, duplicates with SEND",
      expected = "EPERM each; recv works")
  void du15ShouldHoldTheRightsOfItsToken(Scene scene) {
    Pair pair = scene.pair();
    Holder receiver = shareWith(pair.held(), scene.b(), Set.of(Right.RECV));
    receiver.send("hello").fails(EPERM);
    receiver.set("SO_KEEPALIVE", true).fails(EPERM);
    receiver.asyncSelect(Set.of(READ)).fails(EPERM);
    receiver.duplicate(scene.c().pid(), Set.of(Right.SEND)).fails(EPERM);
    Holder giver = shareWith(pair.held(), scene.b(), Set.of(Right.RECV, Right.DUPLICATE));
    giver.duplicate(scene.c().pid(), Set.of(Right.SEND)).fails(EPERM);
    pair.peer().send("hello");
    receiver.recv(5).gives("hello");
    pair.held().get("SO_KEEPALIVE").is(false);
  }

  private static Holder shareWith(Holder source, Actor target, Set<Right> rights) {
    String token = source.duplicate(target.pid(), rights).as(Reply.Duplicated.class).token();
    return target.redeem(token).holder(target.name());
  }

  @Scenario(
      id = "DU-16",
      rules = {14},
      registers = false,
      steps =
          "B is killed (kill -9) holding the last descriptor, all data read; again, with a child of"
              + " B that inherited its connection still alive",
      expected = "the socket closes at once; the peer sees end of stream; both times")
  void du16ShouldEndASessionWithItsProcess(Scene scene) throws Exception {
    Pair first = scene.pair();
    first.held().share(scene.b());
    first.held().close();
    scene.b().kill();
    first.peer().seesEnd();

    Pair second = scene.pair();
    second.held().share(scene.b());
    second.held().close();
    try (InheritingChild child = new InheritingChild(scene, scene.b().process())) {
      scene.b().kill();
      second.peer().seesEnd();
      assertThat(child.isAlive()).isTrue();
    }
  }

  @Scenario(
      id = "DU-17",
      rules = {12, 14},
      registers = false,
      steps = "32 pairs, each end duplicated, the session ends",
      expected = "all gone; the broker's fd count is what it was")
  void du17ShouldLeaveNothingBehind(Scene scene) {
    Actor watcher = scene.c();
    Actor second = scene.another(scene.a());
    Reply.BrokerInfo before = watcher.ask(new Request.ShowBroker()).as(Reply.BrokerInfo.class);
    Holder listener = second.listen(64);
    for (int i = 0; i < 32; i++) {
      Holder client = second.open();
      client.connect(listener.local());
      Holder server = listener.accept().holder("server");
      second.redeem(client.tokenFor(second));
      second.redeem(server.tokenFor(second));
    }
    second.end();
    await()
        .untilAsserted(
            () -> {
              var after = watcher.ask(new Request.ShowBroker()).as(Reply.BrokerInfo.class);
              assertThat(after.sockets()).isEqualTo(before.sockets());
              assertThat(after.descriptors()).isEqualTo(before.descriptors());
              assertThat(after.tokens()).isEqualTo(before.tokens());
              assertThat(after.sessions()).isEqualTo(before.sessions() - 1);
              assertThat(after.fileDescriptors()).isLessThan(before.fileDescriptors());
            });
  }

  @Scenario(
      id = "DU-18",
      rules = {9, 14},
      registers = false,
      on = On.ONCE,
      steps =
          "two tokens; A closes its descriptor, revokes one token, its session ends; B redeems"
              + " both",
      expected = "EINVAL; ok")
  void du18ShouldKeepTokensBeyondTheirSession(Scene scene) {
    Holder socket = scene.a().open();
    String revoked = socket.tokenFor(scene.b());
    String kept = socket.tokenFor(scene.b());
    socket.close();
    scene.a().ask(new Request.RevokeToken(revoked));
    scene.a().end();
    scene.b().redeem(revoked).fails(EINVAL);
    scene.b().redeem(kept).holder("B");
  }
}
