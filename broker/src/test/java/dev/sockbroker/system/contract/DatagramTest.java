package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.ECONNREFUSED;
import static dev.sockbroker.system.contract.Scene.ALL;
import static dev.sockbroker.system.contract.Scene.NOWR;

import dev.sockbroker.protocol.Address;
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
}
