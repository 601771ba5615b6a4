package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Direction.RECEIVE;
import static dev.sockbroker.protocol.Direction.SEND;
import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.ENOTCONN;
import static dev.sockbroker.protocol.Errno.EPIPE;
import static dev.sockbroker.system.contract.Scene.NOWR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios SD-*: shutdowns by the holders, and datagrams that do not fit. */
class ShutdownTest {
  @Scenario(
      id = "SD-01",
      rules = {22, 45},
      registers = false,
      steps =
          "shutdown on a fresh TCP socket, then connect, send; on a connected one shutdown(SEND)"
              + " twice; send",
      expected = "ENOTCONN, ok, ok; ok, ok; EPIPE (Unix, at first: ok)")
  void sd01ShouldKeepAPrematureShutdownFromTheKernel(Scene scene) {
    Holder fresh = scene.a().open();
    if (scene.isUnix()) {
      fresh.shutdown(SEND);
    } else {
      fresh.shutdown(SEND).fails(ENOTCONN);
      PlainListener listener = scene.plainListener();
      fresh.connect(listener.address());
      fresh.send("hello");
      listener.accept().reads("hello");
    }
    Holder connected = scene.pair().held();
    connected.shutdown(SEND);
    connected.shutdown(SEND);
    connected.send("hello").fails(EPIPE);
  }

  @Scenario(
      id = "SD-02",
      rules = {26, 50},
      registers = false,
      on = On.INTERNET,
      steps = "UDP: receive into 3 bytes of a 10-byte datagram",
      expected = "3 bytes, marked truncated, with the full size")
  void sd02ShouldTellTheSizeOfWhatDidNotFit(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.bind(scene.loopback());
    PlainDatagrams sender = scene.plainDatagrams();
    sender.send(socket.local(), "1234567890");
    sender.send(socket.local(), "next");
    Step receive = socket.recv(3).gives("123");
    assertThat(receive.as(Reply.Received.class).size()).isEqualTo(10);
    assertThat(receive.as(Reply.Received.class).from().port()).isEqualTo(sender.address().port());
    assertThat(socket.recv(10).gives("next").as(Reply.Received.class).size()).isNull();
  }

  @Scenario(
      id = "SD-03",
      rules = {36},
      on = On.INTERNET,
      steps = "REG(NOWR); shutdown(RECEIVE); recv; the peer sends 3; recv; the peer closes",
      expected = "none; 0 bytes; READ; 3; CLOSE(0)")
  void sd03ShouldNotTakeTheOwnEndForThePeers(Scene scene) {
    Pair pair = scene.pair();
    pair.held().reg(NOWR).then("");
    pair.held().shutdown(RECEIVE).none();
    pair.held().recv(5).gives("").then("");
    pair.peer().send("123").then("READ");
    pair.held().recv(5).gives("123").then("");
    pair.peer().closes().then("CLOSE(0)");
  }

  @Scenario(
      id = "SD-04",
      rules = {24},
      registers = false,
      steps =
          "a connected datagram socket: A waits to receive; B: shutdown(RECEIVE); recv; recv"
              + " without waiting; the peer sends 3 (not on Unix sockets); recv",
      expected = "0 bytes; 0 bytes; EAGAIN; 3 bytes")
  void sd04ShouldEndTheWaitForADatagram(Scene scene) {
    Holder socket = scene.a().open(SocketType.DGRAM, scene.loopback(), null);
    Holder peer = scene.c().open(SocketType.DGRAM, scene.loopback(), null);
    socket.connect(peer.local());
    Holder other = socket.share(scene.b());
    Waiting receive = socket.waitRecv(5);
    other.shutdown(RECEIVE);
    receive.ends().gives("");
    socket.recv(5).gives("");
    socket.recvNow(5).fails(EAGAIN);
    if (!scene.isUnix()) {
      peer.sendTo(socket.local(), "123");
      socket.recv(5).gives("123");
    }
  }
}
