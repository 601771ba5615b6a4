package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EPERM;
import static dev.sockbroker.protocol.NetworkEvent.READ;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.system.contract.Scenario.On;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Scenarios ER-*: the rows of the table of errors for misuse that no other scenario covers. */
class ErrorsTest {
  private static final Address ANYWHERE = Address.inet("127.0.0.1", 9);

  /** A request on a descriptor for each required right. */
  private static Map<Right, Request> byRight(long descriptor, int pid) {
    return Map.ofEntries(
        Map.entry(Right.RECV, new Request.Receive(descriptor, 1, 0L, false, false)),
        Map.entry(Right.SEND, Request.Send.of(descriptor, 0L)),
        Map.entry(Right.ACCEPT, new Request.Accept(descriptor, 0L)),
        Map.entry(Right.BIND, new Request.Bind(descriptor, ANYWHERE)),
        Map.entry(Right.LISTEN, new Request.Listen(descriptor, 1)),
        Map.entry(Right.CONNECT, new Request.Connect(descriptor, ANYWHERE, 0L)),
        Map.entry(Right.SHUTDOWN, new Request.Shutdown(descriptor, Direction.BOTH)),
        Map.entry(Right.GETOPT, Request.GetOption.named(descriptor, "SO_TYPE")),
        Map.entry(Right.SETOPT, Request.SetOption.named(descriptor, "SO_KEEPALIVE", true)),
        Map.entry(Right.EVENT, new Request.AsyncSelect(descriptor, Set.of(READ))),
        Map.entry(Right.DUPLICATE, Request.Duplicate.toPid(descriptor, pid)));
  }

  @Scenario(
      id = "ER-01",
      rules = {13},
      registers = false,
      on = On.ONCE,
      steps = "each request on a descriptor that is unknown, closed, another session's",
      expected = "EBADF each")
  void er01ShouldNotKnowOthersDescriptors(Scene scene) {
    Holder open = scene.a().open();
    Holder closed = scene.b().open();
    closed.close();
    for (long id : List.of(open.id() + 1000, closed.id(), open.id())) {
      for (Request request : byRight(id, scene.b().pid()).values()) {
        scene.b().ask(request).fails(EBADF);
      }
      scene.b().ask(new Request.EnumNetworkEvents(id, 0)).fails(EBADF);
      scene.b().ask(new Request.ListOptions(id)).fails(EBADF);
      scene.b().ask(new Request.GetAddresses(id)).fails(EBADF);
      scene.b().ask(new Request.Close(id)).fails(EBADF);
    }
    open.get("SO_TYPE").is(1);
  }

  @Scenario(
      id = "ER-02",
      rules = {11},
      registers = false,
      on = On.ONCE,
      steps = "each request through a descriptor that has every right but the one it needs",
      expected = "EPERM each, the socket is as it was")
  void er02ShouldNeedItsRight(Scene scene) {
    Holder socket = scene.a().open();
    for (Right right : byRight(0, 0).keySet()) {
      Set<Right> others = EnumSet.complementOf(EnumSet.of(right));
      Step token = socket.duplicate(scene.b().pid(), others);
      Holder weak = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("weak");
      scene.b().ask(byRight(weak.id(), scene.c().pid()).get(right)).fails(EPERM);
      weak.close();
    }
    socket.get("SO_KEEPALIVE").is(false);
    socket.get("O_NONBLOCK").is(false);
  }

  @Scenario(
      id = "ER-03",
      rules = {13, 28, 42},
      registers = false,
      on = On.ONCE,
      steps =
          "eventSelect with an unknown object: on an unknown descriptor; without EVENT; with it",
      expected = "EBADF; EPERM; EINVAL")
  void er03ShouldCheckDescriptorThenRightThenArguments(Scene scene) {
    Holder socket = scene.a().open();
    Set<Right> others = EnumSet.complementOf(EnumSet.of(Right.EVENT));
    Step token = socket.duplicate(scene.b().pid(), others);
    Holder weak = scene.b().redeem(token.as(Reply.Duplicated.class).token()).holder("weak");
    long unknown = 1_000_000;
    scene.a().ask(new Request.EventSelect(weak.id(), Set.of(READ), unknown)).fails(EBADF);
    weak.eventSelect(Set.of(READ), unknown).fails(EPERM);
    socket.eventSelect(Set.of(READ), unknown).fails(EINVAL);
    socket.get("O_NONBLOCK").is(false);
  }
}
