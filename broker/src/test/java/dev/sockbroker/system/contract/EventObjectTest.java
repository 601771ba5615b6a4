package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.NetworkEvent.READ;
import static dev.sockbroker.system.contract.Scene.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Scenarios EN-* and EO-*: event objects and enumerating. */
class EventObjectTest {
  private static final byte[] NONE = {};

  @Scenario(
      id = "EN-01",
      rules = {36, 40},
      registers = false,
      steps = "eventSelect on a bound unconnected TCP socket, enumerate, 5 times",
      expected = "empty each time")
  void en01ShouldRecordNothingOnASocketThatDoesNothing(Scene scene) {
    Holder socket = scene.a().open(SocketType.STREAM, scene.loopback(), null);
    long object = scene.a().object();
    for (int i = 0; i < 5; i++) {
      socket.eventSelect(ALL, object).then("");
      socket.enumerate(object).records("").then("");
    }
  }

  @Scenario(
      id = "EN-02",
      rules = {40, 42},
      registers = false,
      steps = "enumerate with the record empty and the object signalled by hand, naming it",
      expected = "empty; object reset")
  void en02ShouldResetAnObjectThatWasSetByHand(Scene scene) {
    Pair pair = scene.pair();
    long object = scene.a().object();
    pair.held().eventSelect(Set.of(READ), object);
    scene.a().ask(new Request.SetEvent(object)).then("A: signalled");
    assertThat(scene.a().isSet(object)).isTrue();
    pair.held().enumerate(object).records("").then("");
    assertThat(scene.a().isSet(object)).isFalse();
  }

  @Scenario(
      id = "EN-03",
      rules = {13, 40},
      registers = false,
      steps = "enumerate on a closed descriptor",
      expected = "EBADF; nothing cleared")
  void en03ShouldClearNothingOnAnError(Scene scene) {
    Pair pair = scene.pair();
    Holder second = pair.held().share(scene.a(), "d2");
    long object = scene.a().object();
    pair.held().eventSelect(Set.of(READ), object);
    pair.peer().send("12345").then("A: signalled");
    second.close();
    second.enumerate(object).fails(EBADF).then("");
    assertThat(scene.a().isSet(object)).isTrue();
    pair.held().enumerate(object).records("READ").then("");
  }

  @Scenario(
      id = "EN-04",
      rules = {29},
      steps =
          "eventSelect without object: with a mask; with 0; B: REG(READ), A: eventSelect without"
              + " object; the peer sends",
      expected = "EINVAL; ok; EINVAL; B: READ")
  void en04ShouldNeedAnObjectToRegister(Scene scene) {
    Pair pair = scene.pair();
    pair.held().eventSelect(Set.of(READ), 0).fails(EINVAL).then("");
    pair.held().get("O_NONBLOCK").is(false);
    pair.held().ask(Request.EventSelect.cancelAny(pair.held().id())).then("");
    Holder other = pair.held().share(scene.b());
    other.reg(READ).then("");
    pair.held().eventSelect(Set.of(READ), 0).fails(EINVAL).then("");
    pair.peer().send("1").then("B: READ");
  }

  @Scenario(
      id = "EN-05",
      rules = {36, 37, 40},
      registers = false,
      steps =
          "the peer sends 100 000 times while the registrant enumerates and receives in a loop,"
              + " waiting for the object when it is not set",
      expected = "every byte is read, the loop never hangs")
  void en05ShouldNeverLoseASignal(Scene scene) {
    int total = 100_000;
    Pair pair = scene.pair();
    long object = scene.a().object();
    pair.held().eventSelect(Set.of(READ), object);
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(() -> sendOneByOne(pair.peer(), total));
    int received = 0;
    while (received < total) {
      awaitSet(scene.a(), object);
      received += enumerateAndReceive(pair.held(), object);
    }
    sender.join();
    assertThat(received).isEqualTo(total);
    scene.ignoreSignals();
  }

  private static void sendOneByOne(Peer peer, int count) {
    byte[] one = {'x'};
    for (int i = 0; i < count; i++) {
      peer.sendQuietly(one);
    }
  }

  private static void awaitSet(Actor actor, long object) {
    Request wait = new Request.WaitEvents(List.of(object), false, 10_000L);
    assertThat(actor.session().ask(wait).reply()).isInstanceOf(Reply.Signalled.class);
  }

  private static int enumerateAndReceive(Holder holder, long object) {
    WireSession session = holder.actor().session();
    session.ask(new Request.EnumNetworkEvents(holder.id(), object));
    var answer = session.ask(new Request.Receive(holder.id(), 64, 0L, false, false));
    if (answer.reply() instanceof Reply.Error error) {
      assertThat(Errno.name(error.errno())).isEqualTo(Errno.name(EAGAIN));
    }
    return answer.payload().length;
  }

  @Scenario(
      id = "EN-06",
      rules = {40, 42},
      registers = false,
      steps = "B enumerates naming A's object, its own object; B: eventSelect with A's object",
      expected = "EINVAL each; record and object as before")
  void en06ShouldKeepObjectsToTheirSession(Scene scene) {
    Pair pair = scene.pair();
    Holder other = pair.held().share(scene.b());
    long object = scene.a().object();
    pair.held().eventSelect(Set.of(READ), object);
    pair.peer().send("12345").then("A: signalled");
    other.enumerate(object).fails(EINVAL).then("");
    other.enumerate(scene.b().object()).fails(EINVAL).then("");
    other.eventSelect(Set.of(READ), object).fails(EINVAL).then("");
    assertThat(scene.a().isSet(object)).isTrue();
    pair.held().enumerate(object).records("READ").then("");
  }

  @Scenario(
      id = "EO-01",
      rules = {40, 42},
      registers = false,
      steps = "one object for two sockets, data on both; enumerate one; enumerate the other",
      expected = "READ, the object stays set; READ, the object is reset")
  void eo01ShouldStaySetWhileAnotherRecordIsNotEmpty(Scene scene) {
    Pair one = scene.pair();
    Pair two = scene.pair();
    long object = scene.a().object();
    one.held().eventSelect(Set.of(READ), object);
    two.held().eventSelect(Set.of(READ), object);
    one.peer().send("1").then("A: signalled");
    two.peer().send("2").then("");
    one.held().enumerate(object).records("READ");
    assertThat(scene.a().isSet(object)).isTrue();
    two.held().enumerate(object).records("READ");
    assertThat(scene.a().isSet(object)).isFalse();
    two.held().recv(1).gives("2");
    two.peer().send("3").then("A: signalled");
  }

  @Scenario(
      id = "EO-02",
      rules = {42},
      registers = false,
      steps = "A: eventSelect(READ); A closes the object; the peer sends; read O_NONBLOCK",
      expected = "none, no registration; on")
  void eo02ShouldDropTheRegistrationsOfAClosedObject(Scene scene) {
    Pair pair = scene.pair();
    long object = scene.a().newObject();
    pair.held().eventSelect(Set.of(READ), object);
    scene.a().ask(new Request.CloseEvent(object));
    pair.peer().send("12345").none();
    Request show = new Request.Show("s" + pair.held().socket());
    assertThat(scene.a().ask(show).as(Reply.Shown.class).registration()).isNull();
    pair.held().get("O_NONBLOCK").is(true);
    pair.held().eventSelect(Set.of(READ), object).fails(EINVAL);
  }

  @Scenario(
      id = "EO-03",
      rules = {42},
      registers = false,
      on = On.ONCE,
      steps =
          "wait for any of two objects, for all, for 100 ms; one is set, then the other; B waits"
              + " for A's",
      expected = "any: the first; all: both; ETIMEDOUT; EINVAL")
  void eo03ShouldWaitForObjects(Scene scene) {
    long one = scene.a().newObject();
    long two = scene.a().newObject();
    Waiting any = scene.a().begin(new Request.WaitEvents(List.of(one, two), false, null), NONE);
    Waiting all = scene.a().begin(new Request.WaitEvents(List.of(one, two), true, null), NONE);
    scene.a().begin(new Request.WaitEvents(List.of(one, two), true, 100L), NONE).ends().timesOut();
    scene.a().ask(new Request.SetEvent(one)).then("A: signalled");
    assertThat(any.ends().as(Reply.Signalled.class).objects()).containsExactly(one);
    all.stillWaits();
    scene.a().ask(new Request.SetEvent(two)).then("A: signalled");
    assertThat(all.ends().as(Reply.Signalled.class).objects()).containsExactly(one, two);
    scene.b().ask(new Request.WaitEvents(List.of(one), true, 0L)).fails(EINVAL);
    scene.a().ask(new Request.ResetEvent(one));
    assertThat(scene.a().isSet(one)).isFalse();
  }
}
