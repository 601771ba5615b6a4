package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;

/** Handles bind, listen, connect, accept, shutdown and close. */
final class SocketHandler {
  private final Environment environment;
  private final SocketTable sockets;
  private final StreamHandler streams;
  private final Authority authority;

  SocketHandler(
      Environment environment, SocketTable sockets, StreamHandler streams, Authority authority) {
    this.authority = authority;
    this.environment = environment;
    this.sockets = sockets;
    this.streams = streams;
  }

  static void checkStream(KernelSocket kernel) {
    if (kernel.type() != SocketType.STREAM) {
      throw new RefusedException(Errno.EOPNOTSUPP, "a datagram socket cannot listen or accept");
    }
  }

  void onBind(Call call, Request.Bind bind) {
    OwnedSocket socket = call.session().descriptor(bind.descriptor(), Right.BIND).socket;
    authority.mayBind(call.session(), socket.kernel(), bind.address());
    OwnAddress.bind(sockets, call.session(), socket, bind.address());
    answerAddresses(call, socket);
    socket.reportEvents();
  }

  void onListen(Call call, Request.Listen listen) {
    OwnedSocket socket = call.session().descriptor(listen.descriptor(), Right.LISTEN).socket;
    checkStream(socket.kernel());
    authority.mayListen(call.session(), socket.kernel(), socket.transport().local());
    OwnAddress.listen(sockets, call.session(), socket, listen.backlog());
    answerAddresses(call, socket);
    socket.reportEvents();
  }

  void onConnect(Call call, Request.Connect connect) {
    Descriptor descriptor = call.session().descriptor(connect.descriptor(), Right.CONNECT);
    OwnedSocket socket = descriptor.socket;
    Operation.checkTime(connect.timeoutMillis());
    if (socket.transport().isConnecting()) {
      throw RefusedException.ofTransfer(Errno.EALREADY);
    }
    checkWaits(descriptor, connect);
    authority.mayConnect(call.session(), socket.kernel(), connect.address());
    new Operation(connecting(call, connect, socket))
        .begin(call, descriptor, socket.out(), connect.timeoutMillis(), environment.timers());
    socket.reportEvents();
  }

  /** Only whoever waits can be told that there is no such host (rule 81). */
  private static void checkWaits(Descriptor descriptor, Request.Connect connect) {
    if (ConnectAttempt.isName(connect.address())
        && !Operation.mayWait(descriptor, connect.timeoutMillis())) {
      throw new RefusedException(
          Errno.EINVAL,
          "'"
              + connect.address().host()
              + "' is not an address, and a connect to a host name must be able to wait; give it a"
              + " time");
    }
  }

  private ConnectAttempt connecting(Call call, Request.Connect connect, OwnedSocket socket) {
    return new ConnectAttempt(call, socket, connect.address(), environment, authority);
  }

  void onAccept(Call call, Request.Accept accept) {
    Descriptor descriptor = call.session().descriptor(accept.descriptor(), Right.ACCEPT);
    OwnedSocket socket = descriptor.socket;
    Operation.checkTime(accept.timeoutMillis());
    checkStream(socket.kernel());
    AcceptAttempt.checkListening(socket);
    socket.enable(NetworkEvent.ACCEPT);
    new Operation(accepting(call, accept, descriptor))
        .begin(call, descriptor, socket.in(), accept.timeoutMillis(), environment.timers());
    socket.reportEvents();
  }

  private AcceptAttempt accepting(Call call, Request.Accept accept, Descriptor descriptor) {
    boolean attaches = accept.stream() && authority.allowsLane(call.session(), PolicyLane.STREAM);
    return new AcceptAttempt(call, descriptor, sockets, attaches ? streams : null, accept.ahead());
  }

  /** Restores an accept or connect that waited in another broker. */
  void restore(Call call, Descriptor descriptor, SavedOperation saved) {
    OwnedSocket socket = descriptor.socket;
    switch (call.request()) {
      case Request.Accept it ->
          new Operation(accepting(call, it, descriptor))
              .restore(call, descriptor, socket.in(), saved, environment.timers());
      case Request.Connect it -> {
        ConnectAttempt attempt = connecting(call, it, socket);
        attempt.restore((SavedOperation.Connecting) saved.progress());
        new Operation(attempt).restore(call, descriptor, socket.out(), saved, environment.timers());
      }
      default -> throw new IllegalArgumentException(call.what() + " does not wait on a socket");
    }
  }

  void onShutdown(Call call, Request.Shutdown shutdown) {
    OwnedSocket socket = call.session().descriptor(shutdown.descriptor(), Right.SHUTDOWN).socket;
    socket.shutdown(shutdown.how());
    call.reply(new Reply.Done());
    socket.serveWaiting();
  }

  void onClose(Call call, Request.Close close) {
    Descriptor descriptor = call.session().find(close.descriptor());
    if (close.giveBack() && !descriptor.isUnusedAhead()) {
      throw new RefusedException(
          Errno.EINVAL, "it was used, or not accepted ahead, so it cannot return to its listener");
    }
    call.reply(new Reply.Done());
    if (!close.giveBack() || !sockets.giveBack(descriptor)) {
      sockets.release(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
    }
  }

  void onGetAddresses(Call call, Request.GetAddresses request) {
    answerAddresses(call, call.session().descriptor(request.descriptor()).socket);
  }

  /** Lets an administrator revoke a descriptor. Its holder is notified. */
  void onRevoke(Call call, Request.RevokeDescriptor revoke) {
    if (!call.session().isAdministrator()) {
      throw new RefusedException(
          Errno.EPERM, "only an administrator can revoke descriptors; close your own instead");
    }
    Descriptor descriptor = sockets.descriptor(revoke.descriptor());
    if (descriptor == null) {
      throw new RefusedException(Errno.EBADF, "there is no such descriptor");
    }
    SocketTable.checkRevocable(descriptor, revoke.force());
    call.reply(new Reply.Done());
    sockets.revoke(descriptor, call.session());
  }

  private static void answerAddresses(Call call, OwnedSocket socket) {
    call.reply(new Reply.Addresses(socket.transport().local(), socket.transport().peer()));
  }
}
