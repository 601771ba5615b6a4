package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** Scenarios NM-* and LG-*: names, retention, and the last close. */
class LifetimeTest {
  @Scenario(
      id = "NM-01",
      rules = {18, 19},
      registers = false,
      steps =
          "named, retained 400 ms; session ends; attach; a client connects; close; 600 ms; attach",
      expected = "ok; accepted; ENOENT")
  void nm01ShouldRetainANamedSocketForItsTime(Scene scene) throws InterruptedException {
    String name = UUID.randomUUID().toString();
    scene.b();
    scene.a().ask(open(scene, name, 400)).holder("A");
    scene.a().end();
    Holder attached = scene.b().attach(name).holder("B");
    scene.connect(attached);
    attached.accept().holder("accepted");
    attached.close();
    Thread.sleep(Duration.ofMillis(600));
    scene.b().attach(name).fails(ENOENT);
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

  private static Request open(Scene scene, String name, long retainMillis) {
    Address bind = scene.loopback();
    return new Request.Open(
        scene.setting().family(),
        SocketType.STREAM,
        0,
        bind,
        8,
        null,
        name,
        retainMillis,
        null,
        null);
  }

  @Scenario(
      id = "LG-01",
      rules = {16},
      registers = false,
      on = On.INTERNET,
      steps = "linger (1,2), full buffer, last close; another session pings",
      expected = "its pings stay quick; the peer gets every byte")
  void lg01ShouldNeverBlockInTheLastClose(Scene scene) {
    Pair pair = scene.pair();
    pair.held().set("SO_LINGER", Map.of("on", true, "seconds", 2L));
    long taken = pair.held().fill();
    scene.b();
    pair.held().close();
    long before = System.nanoTime();
    scene.b().ask(new Request.Ping());
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    assertThat(pair.peer().drain()).isEqualTo(taken);
  }
}
