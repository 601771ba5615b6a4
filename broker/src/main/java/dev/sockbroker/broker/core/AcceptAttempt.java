package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import java.util.ArrayList;
import java.util.List;

/**
 * Accepts a connection from a listener and creates a descriptor for it, and does the same with
 * those that wait behind it if the client asked for them (rule 74).
 */
final class AcceptAttempt implements Attempt {
  private final Call call;
  private final Descriptor descriptor;
  private final SocketTable sockets;
  private final StreamHandler streams;
  private final int aheadMax;

  /**
   * @param streams attaches a stream to each connection; null if none is wanted
   * @param aheadMax how many more connections to take if they already wait
   */
  AcceptAttempt(
      Call call, Descriptor descriptor, SocketTable sockets, StreamHandler streams, int aheadMax) {
    this.call = call;
    this.descriptor = descriptor;
    this.sockets = sockets;
    this.streams = streams;
    this.aheadMax = aheadMax;
  }

  @Override
  public Progress proceed() {
    OwnedSocket listener = descriptor.socket;
    try {
      checkListening(listener);
      // Checked before the kernel's accept, so that at a limit the connection keeps waiting (rule
      // 20).
      SocketTable.checkRoom(call.session(), fdsEach());
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

  private int fdsEach() {
    return streams == null ? 1 : 2;
  }

  /**
   * A connection that was accepted.
   *
   * @param opened what the client is told about it
   */
  private record Taken(Descriptor made, Reply.Opened opened) {}

  private void answer(OwnedSocket listener, TransportState first) {
    List<Taken> taken = new ArrayList<>();
    taken.add(hold(listener, first));
    takeAhead(listener, taken);
    List<Descriptor> made = taken.stream().map(Taken::made).toList();
    call.reply(reply(taken), new AcceptDelivery(sockets, listener, made));
    for (Descriptor it : made) {
      sockets.happened(Event.What.ACCEPTED, it, "from s" + listener.id());
      it.socket.reportEvents();
    }
  }

  private static Reply.Opened reply(List<Taken> taken) {
    Reply.Opened first = taken.get(0).opened();
    return taken.size() == 1
        ? first
        : first.with(taken.stream().skip(1).map(it -> Reply.Ahead.of(it.opened())).toList());
  }

  /** Takes what waits as well, unless another accept waits for it. */
  private void takeAhead(OwnedSocket listener, List<Taken> taken) {
    int own = call.session().waiting.containsKey(call.requestId()) ? 1 : 0;
    if (listener.exports().isAny() || listener.in().size() > own) {
      return;
    }
    while (taken.size() <= aheadMax && SocketTable.hasRoom(call.session(), fdsEach())) {
      TransportState next = acceptAhead(listener);
      if (next == null) {
        return;
      }
      Taken one = hold(listener, next);
      one.made().ahead = true;
      taken.add(one);
    }
  }

  /** A refusal is not an error here. The next accept meets it again. */
  private static TransportState acceptAhead(OwnedSocket listener) {
    try {
      return listener.transport().accept();
    } catch (RefusedException e) {
      return null;
    }
  }

  private Taken hold(OwnedSocket listener, TransportState transport) {
    OwnedSocket socket = sockets.make(transport, call.session());
    socket.acceptedFrom(listener);
    socket.meter().traffic().accepted();
    sockets.add(socket);
    Descriptor made = sockets.hold(socket, call.session(), descriptor.rights, Origin.ACCEPTED);
    Registration inherited = listener.registration();
    if (inherited != null
        && inherited.descriptor().session == call.session()
        && made.rights.contains(Right.EVENT)) {
      socket.registrations().inherit(inherited.inherit(made));
      socket.blocking(false);
    }
    String stream = streams == null ? null : streams.attachAccepted(made);
    return new Taken(made, sockets.opened(made, true, stream));
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
