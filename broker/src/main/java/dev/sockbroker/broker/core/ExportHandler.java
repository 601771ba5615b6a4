package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;

/** Exports the raw fd of a socket, to which rights no longer apply (rule 46). */
final class ExportHandler {
  private final SocketTable sockets;
  private final Authority authority;

  ExportHandler(SocketTable sockets, Authority authority) {
    this.authority = authority;
    this.sockets = sockets;
  }

  void onExport(Call call, Request.Export export) {
    Descriptor descriptor = call.session().descriptor(export.descriptor(), Right.EXPORT);
    if (descriptor.rights.size() < Right.values().length) {
      throw new RefusedException(
          Errno.EPERM,
          "a holder of the raw fd can do everything, so the export needs all rights; this"
              + " descriptor has "
              + descriptor.rights);
    }
    authority.mayUse(call.session(), PolicyLane.FD);
    OwnedSocket socket = descriptor.socket;
    if (socket.transport().isConnecting()) {
      throw new RefusedException(
          Errno.EBUSY, "its connect is still in progress; wait for the result first");
    }
    socket.exports().checkMode(export.nonBlocking());
    call.session().proxyToFlush().checkTakesFds();
    socket.exports().begin(descriptor, export.nonBlocking());
    call.session()
        .proxyToFlush()
        .pass(call.requestId(), new ExportPassing(sockets, call, descriptor));
  }
}
