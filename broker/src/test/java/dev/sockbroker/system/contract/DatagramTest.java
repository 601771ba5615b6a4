package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.ECONNREFUSED;
import static dev.sockbroker.protocol.Errno.EOPNOTSUPP;
import static dev.sockbroker.system.contract.Scene.ALL;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;

/** Scenarios UD-*: datagram sockets. */
class DatagramTest {
  @Scenario(
      id = "UD-01",
      rules = {23, 36},
      on = On.INTERNET,
      steps = "UDP connected to a dead port, REG(ALL); send; recv; recv; send; SO_ERROR twice",
      expected =
          "CONNECT(0), WRITE; READ(ECONNREFUSED); ECONNREFUSED; EAGAIN; READ(ECONNREFUSED);"
              + " ECONNREFUSED, 0")
  void ud01ShouldTellAnErrorOfADatagramOnce(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.connect(deadPort(scene));
    socket.reg(ALL).then("CONNECT(0), WRITE");
    socket.send("hello").then("READ(ECONNREFUSED)");
    socket.recv(5).fails(ECONNREFUSED).then("");
    socket.recv(5).fails(EAGAIN).then("");
    socket.send("hello").then("READ(ECONNREFUSED)");
    socket.get("SO_ERROR").is(ECONNREFUSED);
    socket.get("SO_ERROR").is(0);
  }

  private static Address deadPort(Scene scene) {
    PlainDatagrams dead = scene.plainDatagrams();
    Address address = dead.address();
    dead.close();
    return address;
  }

  @Scenario(
      id = "UD-02",
      rules = {36},
      on = On.INTERNET,
      steps = "an empty datagram; recv",
      expected = "READ; 0 bytes; none")
  void ud02ShouldTakeAnEmptyDatagramForOne(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.bind(scene.loopback());
    socket.reg(NOWR).then("");
    scene.plainDatagrams().send(socket.local(), "").then("READ");
    socket.recv(5).gives("").none();
  }

  @Scenario(
      id = "UD-03",
      rules = {48},
      on = On.UNIX,
      steps =
          "Unix datagrams without a peer, the receiver's queue full of others'; REG(ALL); send; a"
              + " waiting send; the receiver takes one",
      expected = "WRITE; EAGAIN, then WRITE; the send ends, then WRITE")
  void ud03ShouldTryAFullUnixReceiverAgain(Scene scene) {
    Holder receiver = scene.c().open(SocketType.DGRAM, scene.loopback(), null);
    Address to = receiver.local();
    fillQueue(scene, to);
    Holder sender = scene.a().openDatagram();
    sender.reg(ALL).then("WRITE");
    sender.sendTo(to, "x").fails(EAGAIN).then("WRITE");
    Waiting send = sender.waitSendTo(to, "y");
    send.stillWaits();
    receiver.recvNow(9).gives("f");
    send.ends().then("WRITE");
  }

  /** A sender can fill its own send buffer before the receiver's queue is full. */
  private static void fillQueue(Scene scene, Address to) {
    Holder filler = scene.c().openDatagram();
    while (filler.takesNow(to, "f")) {
      while (filler.takesNow(to, "f")) {}
      filler = scene.c().openDatagram();
    }
  }

  @Scenario(
      id = "UD-04",
      rules = {47},
      registers = false,
      on = On.INTERNET,
      steps = "UDP: a datagram waits; receive and send with OOB, listen; recv",
      expected = "EOPNOTSUPP each; the datagram is still there")
  void ud04ShouldHaveNoUrgentData(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.bind(scene.loopback());
    scene.plainDatagrams().send(socket.local(), "hello");
    socket.recvOob().fails(EOPNOTSUPP);
    socket.sendOob("!").fails(EOPNOTSUPP);
    socket.listen(1).fails(EOPNOTSUPP);
    socket.recv(9).gives("hello");
  }
}
