package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Right;

/** Accepts one connection from a listener and creates a descriptor for it. */
final class AcceptAttempt implements Attempt {
  private final Call call;
  private final Descriptor descriptor;
  private final SocketTable sockets;
  private final StreamHandler streams;

  /**
   * @param streams attaches a stream to the connection; null if none is wanted
   */
  AcceptAttempt(Call call, Descriptor descriptor, SocketTable sockets, StreamHandler streams) {
    this.call = call;
    this.descriptor = descriptor;
    this.sockets = sockets;
    this.streams = streams;
  }

  @Override
  public Progress proceed() {
    OwnedSocket listener = descriptor.socket;
    try {
      checkListening(listener);
      // Checked before the kernel's accept, so that at a limit the connection keeps waiting (rule
      // 20).
      SocketTable.checkRoom(call.session(), streams == null ? 1 : 2);
      TransportState taken = take(listener);
      if (taken == null) {
        return listener.exports().isAny()
                && listener.exports().acceptApart(call.session().account())
            ? Progress.STARVED
            : Progress.BLOCKED;
      }
      answer(listener, taken);
    } catch (RefusedException e) {
      call.refuse(e);
    }
    return Progress.DONE;
  }

  /**
   * Accepts. Once the raw fd was exported, the loop never calls accept(2), which could block it
   * (rule 46).
   */
  private static TransportState take(OwnedSocket listener) {
    if (!listener.exports().isAny()) {
      return listener.transport().accept();
    }
    listener.exports().checkAccept();
    return listener.transport().acceptReturned();
  }

  static void checkListening(OwnedSocket listener) {
    if (!listener.transport().isListening()) {
      throw new RefusedException(Errno.EINVAL, "the socket does not listen");
    }
  }

  private void answer(OwnedSocket listener, TransportState taken) {
    OwnedSocket socket = sockets.make(taken, call.session());
    socket.listener(listener.id());
    sockets.add(socket);
    Descriptor made = sockets.hold(socket, call.session(), descriptor.rights);
    Registration inherited = listener.registration();
    if (inherited != null
        && inherited.descriptor().session == call.session()
        && made.rights.contains(Right.EVENT)) {
      socket.registrations().inherit(inherited.inherit(made));
      socket.blocking(false);
    }
    String stream = streams == null ? null : streams.attachAccepted(made);
    call.session()
        .proxyToFlush()
        .reply(
            call.requestId(),
            sockets.opened(made, true, stream),
            new AcceptDelivery(sockets, listener, made));
    sockets.happened(Event.What.ACCEPTED, made, "from s" + listener.id());
    socket.reportEvents();
  }

  @Override
  public int wouldBlock() {
    return Errno.EAGAIN;
  }

  @Override
  public void refuse(RefusedException why) {
    call.refuse(why);
  }

  @Override
  public void discard() {
    // Holds nothing while it waits.
  }
}
