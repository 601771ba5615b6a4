package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EADDRINUSE;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.ENOENT;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.Family.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Scenarios NM-*, LT-*, LG-* and AD-*: names, retention, lifetimes, the last close. */
class LifetimeTest {
  @Scenario(
      id = "NM-01",
      rules = {18, 19},
      registers = false,
      steps =
          "named, retained 400 ms; session ends; attach; a client connects; close; its time passes;"
              + " attach",
      expected = "ok; accepted; ENOENT")
  void nm01ShouldRetainANamedSocketForItsTime(Scene scene) {
    String name = UUID.randomUUID().toString();
    scene.b();
    scene.a().ask(open(scene, name, 400)).holder("A");
    scene.a().end();
    Holder attached = scene.b().attach(name).holder("B");
    scene.connect(attached);
    attached.accept().holder("accepted");
    attached.close();
    awaitGone(scene, name);
    scene.b().attach(name).fails(ENOENT);
  }

  /** Checks with a list, which joins nothing and so does not stop the clock. */
  private static void awaitGone(Scene scene, String name) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                scene.b().session().ask(new Request.Show(name)).reply() instanceof Reply.Error it
                    && it.errno() == ENOENT);
  }

  @Scenario(
      id = "NM-02",
      rules = {18},
      registers = false,
      steps = "two processes `open` the same name at once, 100 times",
      expected = "one socket, two descriptors each time")
  void nm02ShouldOpenOrJoin(Scene scene) {
    for (int i = 0; i < 100; i++) {
      Request open = open(scene, UUID.randomUUID().toString(), 0);
      var a = scene.a().session().begin(open, new byte[0]);
      var b = scene.b().session().begin(open, new byte[0]);
      Reply.Opened one = (Reply.Opened) WireSession.await(a).reply();
      Reply.Opened two = (Reply.Opened) WireSession.await(b).reply();
      assertThat(one.socket()).isEqualTo(two.socket());
      assertThat(one.descriptor()).isNotEqualTo(two.descriptor());
      assertThat(one.created()).isNotEqualTo(two.created());
      scene.a().session().ask(new Request.Close(one.descriptor()));
      scene.b().session().ask(new Request.Close(two.descriptor()));
    }
  }

  @Scenario(
      id = "NM-03",
      rules = {18},
      registers = false,
      on = On.ONCE,
      steps =
          "A names a socket with join rights RECV and EVENT; B attaches and sends; C opens the name"
              + " as UDP; A opens one with a retention and no name; A takes the name away; attach",
      expected = "EPERM; EADDRINUSE; EINVAL; ENOENT")
  void nm03ShouldJoinByNameWithTheRightsOfTheName(Scene scene) {
    String name = UUID.randomUUID().toString();
    Holder socket = scene.a().open();
    Set<Right> rights = EnumSet.of(Right.RECV, Right.EVENT);
    scene.a().ask(new Request.Name(socket.id(), name, 0, rights, null));
    Holder joined = scene.b().attach(name).holder("B");
    assertThat(joined.opened().rights()).isEqualTo(rights);
    assertThat(joined.socket()).isEqualTo(socket.socket());
    joined.send("hello").fails(EPERM);
    scene.c().ask(Request.Open.of(INET, SocketType.DGRAM).named(name, 0)).fails(EADDRINUSE);
    scene
        .a()
        .ask(new Request.Open(INET, SocketType.STREAM, 0, null, null, null, null, 5, null, null))
        .fails(EINVAL);
    scene.a().ask(Request.Name.none(socket.id()));
    scene.b().attach(name).fails(ENOENT);
  }

  @Scenario(
      id = "NM-04",
      rules = {18, 19},
      registers = false,
      steps =
          "an accepted connection is named and retained 300 ms; closed; the peer sends; attach;"
              + " another that is retained as long and closed now is gone; recv; close",
      expected = "joining stops the clock, nothing is lost; end of stream after the close")
  void nm04ShouldRetainAConnection(Scene scene) {
    String name = UUID.randomUUID().toString();
    Pair pair = scene.pair();
    scene.b();
    scene.a().ask(Request.Name.of(pair.held().id(), name, 300));
    pair.held().close();
    pair.peer().send("hello");
    Holder attached = scene.b().attach(name).holder("B");
    String clock = UUID.randomUUID().toString();
    scene.a().ask(open(scene, clock, 300)).holder("clock").close();
    awaitGone(scene, clock);
    attached.recv(10).gives("hello");
    pair.peer().seesNothing();
    attached.close();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "LT-01",
      rules = {14},
      registers = false,
      steps = "B's session has lifetime process; its connection ends; B exits",
      expected = "its descriptor lives on; the peer sees end of stream when B has exited")
  void lt01ShouldKeepASessionAsLongAsItsProcess(Scene scene) {
    Pair pair = scene.pair();
    Actor b = scene.lastingB();
    WorkerProcess process = b.process();
    pair.held().share(b);
    pair.held().close();
    b.end().none();
    pair.peer().seesNothing();
    process.close();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "AD-01",
      rules = {22},
      registers = false,
      on = On.INTERNET,
      steps = "both sides close for sending; A reads the addresses",
      expected = "the same as before")
  void ad01ShouldRememberAddresses(Scene scene) {
    Pair pair = scene.pair();
    Address local = pair.held().local();
    Address peer = pair.held().peer();
    assertThat(peer).isNotNull();
    pair.peer().closes();
    pair.held().recv(1).gives("");
    pair.held().shutdown(Direction.BOTH);
    assertThat(pair.held().local()).isEqualTo(local);
    assertThat(pair.held().peer()).isEqualTo(peer);
  }

  private static Request open(Scene scene, String name, long retainMillis) {
    Address bind = scene.loopback();
    return Request.Open.of(scene.setting().family(), SocketType.STREAM)
        .boundTo(bind)
        .listening(8)
        .named(name, retainMillis);
  }

  @Scenario(
      id = "LG-01",
      rules = {16},
      registers = false,
      on = On.INTERNET,
      steps = "linger (1,20), full buffer, last close; another session pings",
      expected = "close and ping are answered long before; the peer gets every byte")
  void lg01ShouldNeverBlockInTheLastClose(Scene scene) {
    Pair pair = scene.pair();
    pair.held().set("SO_LINGER", Map.of("on", true, "seconds", 20L));
    long taken = pair.held().fill();
    scene.b();
    long before = System.nanoTime();
    pair.held().close();
    scene.b().ask(new Request.Ping());
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
    assertThat(pair.peer().drain()).isEqualTo(taken);
  }

  @Scenario(
      id = "LG-02",
      rules = {16},
      registers = false,
      on = On.INTERNET,
      steps = "linger (1,0), A shares with B; A closes; B sends; B closes",
      expected = "the peer reads what B sent; then ECONNRESET")
  void lg02ShouldResetAtTheLastCloseOnly(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    pair.held().set("SO_LINGER", Map.of("on", true, "seconds", 0L));
    pair.held().close();
    pair.peer().seesNothing();
    other.send("last");
    pair.peer().reads("last");
    other.close();
    pair.peer().seesReset();
  }
}
