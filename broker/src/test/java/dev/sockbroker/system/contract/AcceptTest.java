package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EMFILE;
import static dev.sockbroker.protocol.NetworkEvent.ACCEPT;
import static dev.sockbroker.protocol.NetworkEvent.WRITE;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.contract.Scenario.On;
import java.util.ArrayList;
import java.util.List;

/** Scenarios ACC-*: waiting connections, and the sockets accepted from them. */
class AcceptTest {
  @Scenario(
      id = "ACC-01",
      rules = {35, 36},
      steps = "listener, REG(ACCEPT); a client connects; a second connects",
      expected = "ACCEPT; none")
  void acc01ShouldReportAcceptOnce(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT).then("");
    scene.connect(listener);
    scene.done().then("ACCEPT");
    scene.connect(listener);
    scene.done().none();
  }

  @Scenario(
      id = "ACC-02",
      rules = {37, 38},
      steps = "accept one of the two; accept the other",
      expected = "ACCEPT; none")
  void acc02ShouldReportAcceptAgainWhileOneWaits(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT);
    scene.connect(listener);
    scene.done().then("ACCEPT");
    scene.connect(listener);
    listener.accept().then("ACCEPT");
    listener.accept().none();
  }

  @Scenario(
      id = "ACC-03",
      rules = {36},
      steps = "one waits unaccepted; REG again the same",
      expected = "ACCEPT")
  void acc03ShouldReportToANewRegistration(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT);
    scene.connect(listener);
    scene.done().then("ACCEPT");
    listener.reg(ACCEPT).then("ACCEPT");
  }

  @Scenario(
      id = "ACC-04",
      rules = {36},
      steps = "listener without registration, a client connects, then REG",
      expected = "ACCEPT")
  void acc04ShouldReportAConnectionThatWaited(Scene scene) {
    Holder listener = scene.a().listen(8);
    scene.connect(listener);
    listener.reg(ACCEPT).then("ACCEPT");
  }

  @Scenario(
      id = "ACC-05",
      rules = {31, 34},
      steps = "REG(ACCEPT or WRITE), a client connects, the registrant accepts",
      expected = "the reply, then for the accepted socket: WRITE, naming the new descriptor")
  void acc05ShouldPassTheRegistrationOn(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT, WRITE).then("");
    scene.connect(listener);
    scene.done().then("ACCEPT");
    Step accept = listener.accept();
    scene.inherited(accept.holder("accepted"));
    accept.then("accepted: WRITE");
  }

  @Scenario(
      id = "ACC-06",
      rules = {39},
      steps = "a waiting accept; a client connects",
      expected = "the accept ends with it; no ACCEPT")
  void acc06ShouldServeAWaitingAcceptFirst(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT);
    Waiting accept = listener.waitAccept();
    scene.connect(listener);
    accept.ends().none();
  }

  @Scenario(
      id = "ACC-07",
      rules = {20, 37},
      on = On.ONCE,
      steps = "session at its limit, a client waits; accept; limit freed; accept",
      expected = "ACCEPT; EMFILE, ACCEPT; ok; none")
  void acc07ShouldLeaveAConnectionWaitingAtTheLimit(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(ACCEPT);
    Holder filler = scene.a().fillDescriptors();
    scene.connect(listener);
    scene.done().then("ACCEPT");
    listener.accept().fails(EMFILE).then("ACCEPT");
    filler.close();
    listener.accept().none();
  }

  @Scenario(
      id = "ACC-08",
      rules = {36},
      on = On.INTERNET,
      steps = "TCP_DEFER_ACCEPT 5; a client connects; it sends",
      expected = "none; ACCEPT")
  void acc08ShouldWaitForDataWhereTheKernelDoes(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.set("TCP_DEFER_ACCEPT", 5L).is(7);
    listener.reg(ACCEPT);
    Peer client = scene.connect(listener);
    scene.done().none();
    client.send("hello").then("ACCEPT");
  }

  @Scenario(
      id = "ACC-09",
      rules = {34, 36},
      on = On.INTERNET,
      steps = "a client connects and resets; accept",
      expected = "ACCEPT; the accepted socket: CLOSE(ECONNRESET)")
  void acc09ShouldAcceptAConnectionThatWasReset(Scene scene) {
    Holder listener = scene.a().listen(8);
    listener.reg(NOWR);
    Peer client = scene.connect(listener);
    scene.done().then("ACCEPT");
    client.reset().then("");
    Step accept = listener.accept();
    scene.inherited(accept.holder("accepted"));
    accept.then("accepted: CLOSE(ECONNRESET)");
  }

  @Scenario(
      id = "ACC-10",
      rules = {74},
      registers = false,
      steps =
          "three clients connect and send; A: accept with 2 ahead; A: recv from the second, gives"
              + " back the second, the first, the third; B: accept, recv",
      expected = "A has all three; ok, EINVAL, EINVAL, ok; B has the third")
  void acc10ShouldTakeBackWhatWasNotUsed(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder others = listener.share(scene.b());
    connect(scene, listener, "one", "two", "three");
    List<Holder> taken = acceptThree(scene, listener);
    taken.get(1).recv(3).gives("two");
    giveBack(scene, taken.get(1)).fails(EINVAL);
    giveBack(scene, taken.get(0)).fails(EINVAL);
    giveBack(scene, taken.get(2)).as(Reply.Done.class);
    others.accept().holder("returned").recv(5).gives("three");
  }

  @Scenario(
      id = "ACC-11",
      rules = {14, 74},
      registers = false,
      steps =
          "three clients connect and send; A: accept with 2 ahead; A: recv from the second; A is"
              + " killed; B: accept, recv; accept without waiting",
      expected = "A has all three; the first two clients see the end; B has the third; EAGAIN")
  void acc11ShouldReturnWhatWasNotUsedWhenTheSessionEnds(Scene scene) {
    Holder listener = scene.a().listen(8);
    Holder others = listener.share(scene.b());
    List<Peer> clients = connect(scene, listener, "one", "two", "three");
    List<Holder> taken = acceptThree(scene, listener);
    taken.get(0).recv(3).gives("one");
    taken.get(1).recv(3).gives("two");
    scene.a().kill();
    clients.get(0).seesEnd();
    clients.get(1).seesEnd();
    others.accept().holder("returned").recv(5).gives("three");
    scene.b().ask(new Request.Accept(others.id(), 0L)).fails(EAGAIN);
  }

  private static List<Peer> connect(Scene scene, Holder listener, String... words) {
    List<Peer> clients = new ArrayList<>();
    for (String it : words) {
      Peer client = scene.connect(listener);
      client.send(it);
      clients.add(client);
    }
    return clients;
  }

  /** The descriptors that A gets in one reply. */
  private static List<Holder> acceptThree(Scene scene, Holder listener) {
    Step accept = listener.ask(new Request.Accept(listener.id(), null, false, 2));
    List<Holder> taken = new ArrayList<>(List.of(accept.holder("first")));
    Reply.Opened first = accept.as(Reply.Opened.class);
    for (Reply.Ahead it : first.ahead()) {
      taken.add(scene.holder(scene.a(), "ahead" + taken.size(), first.of(it)));
    }
    assertThat(taken).hasSize(3);
    return taken;
  }

  private static Step giveBack(Scene scene, Holder holder) {
    return scene.a().ask(new Request.Close(holder.id(), true));
  }
}
