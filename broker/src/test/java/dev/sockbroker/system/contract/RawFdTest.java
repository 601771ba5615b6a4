package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EBUSY;
import static dev.sockbroker.protocol.Errno.EPERM;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.util.EnumSet;
import java.util.Set;

/** Scenarios FD-*: sockets whose raw fd belongs to a plain program with blocking calls. */
class RawFdTest {
  @Scenario(
      id = "FD-01",
      rules = {46},
      registers = false,
      steps =
          "a program sits in recv on the raw fd of A's connection, blocking; A: recv without"
              + " waiting; the peer sends 5; A: shutdown",
      expected = "EAGAIN; the program has them; it sees the end of the stream")
  void fd01ShouldReceiveBesideABlockingProgram(Scene scene) {
    Pair pair = scene.pair();
    RawHolder program = new RawHolder(pair.held(), "receive");
    pair.held().recvNow(5).fails(EAGAIN);
    pair.peer().send("hello");
    program.receives("hello");
    pair.held().shutdown(Direction.BOTH);
    program.receives("");
  }

  @Scenario(
      id = "FD-02",
      rules = {46},
      registers = false,
      steps =
          "a program sits in accept on the raw fd of A's listener, blocking; a client connects; A:"
              + " accept without waiting; a waiting accept; the program is killed; a client"
              + " connects",
      expected = "the program has it; EAGAIN; A has it")
  void fd02ShouldAcceptBesideABlockingProgram(Scene scene) {
    Holder listener = scene.a().listen(8);
    RawHolder program = new RawHolder(listener, "accept");
    scene.connect(listener).reads("python\n");
    scene.a().ask(new Request.Accept(listener.id(), 0L)).fails(EAGAIN);
    Waiting accept = listener.waitAccept();
    accept.stillWaits();
    program.kill();
    Peer client = scene.connect(listener);
    Holder accepted = accept.ends().holder("accepted");
    accepted.send("hello");
    client.reads("hello");
  }

  @Scenario(
      id = "FD-03",
      rules = {46},
      registers = false,
      steps =
          "a program has the raw fd of A's connection; its descriptor is revoked; by force; A:"
              + " recv",
      expected = "EBUSY; ok, the program and the peer see the end; 0 bytes")
  void fd03ShouldEndTheSocketToRevokeARawFd(Scene scene) {
    Pair pair = scene.pair();
    RawHolder program = new RawHolder(pair.held(), "receive");
    Actor administrator = scene.administrator();
    administrator.ask(new Request.RevokeDescriptor(program.descriptor())).fails(EBUSY);
    administrator.ask(new Request.RevokeDescriptor(program.descriptor(), true));
    program.receives("");
    pair.peer().seesEnd();
    pair.held().recv(5).gives("");
  }

  @Scenario(
      id = "FD-04",
      rules = {46},
      registers = false,
      steps =
          "a program has the raw fd of A's fresh socket, blocking; A: connect; export it"
              + " non-blocking; export it without GETOPT",
      expected = "EBUSY; EBUSY; EPERM")
  void fd04ShouldKeepWhatTheProgramReliesOn(Scene scene) {
    Holder socket = scene.a().open();
    new RawHolder(socket, "hold");
    socket.connect(scene.plainListener().address()).fails(EBUSY);
    socket.ask(new Request.Export(socket.id(), true)).fails(EBUSY);
    Set<Right> rights = EnumSet.complementOf(EnumSet.of(Right.GETOPT));
    Step token = socket.duplicate(scene.b().pid(), rights);
    Holder weak = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("weak");
    weak.ask(new Request.Export(weak.id(), false)).fails(EPERM);
  }

  @Scenario(
      id = "FD-05",
      rules = {46},
      registers = false,
      on = On.INTERNET,
      steps =
          "a program has the raw fd of A's listener, and a child of it sits in accept; the program"
              + " is killed; A closes; a client connects",
      expected = "the child has it")
  void fd05ShouldLeaveAListenerToWhoeverHasTheRawFd(Scene scene) {
    Holder listener = scene.a().listen(8);
    Address address = listener.local();
    RawHolder program = new RawHolder(listener, "orphan");
    program.kill();
    listener.close();
    scene.beginStep("a client connects");
    scene.closedAtTheEnd(Peer.connect(scene, address)).reads("python\n");
  }
}
