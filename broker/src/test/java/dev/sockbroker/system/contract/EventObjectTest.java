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
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Scenarios EN-*: event objects and enumerating. */
class EventObjectTest {
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
      registers = false,
      steps = "eventSelect without object: with a mask; with 0",
      expected = "EINVAL; ok")
  void en04ShouldNeedAnObjectToRegister(Scene scene) {
    Pair pair = scene.pair();
    pair.held().eventSelect(Set.of(READ), 0).fails(EINVAL).then("");
    pair.held().get("O_NONBLOCK").is(false);
    pair.held().eventSelect(Set.of(), 0).then("");
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
}
