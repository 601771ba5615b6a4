package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;

/** Sends and receives bytes in frames (the framed lane). */
final class DataHandler {
  /** The length of a receive that does not specify one. */
  private static final int LENGTH_DEFAULT = 65_536;

  private final Environment environment;
  private final Authority authority;
  private final Pool<Receipt> receipts;
  private final Pool<ReceiveAttempt> receives;
  private final Pool<SendAttempt> sends;

  DataHandler(Environment environment, Authority authority) {
    this.authority = authority;
    this.environment = environment;
    receipts = new Pool<>(Receipt::new);
    sends = new Pool<>(pool -> new SendAttempt(environment.ledger(), pool));
    receives = new Pool<>(pool -> new ReceiveAttempt(environment, receipts, pool));
  }

  void onReceive(Call call, Request.Receive receive) {
    Descriptor descriptor = call.session().descriptor(receive.descriptor(), Right.RECV);
    authority.mayUse(call.session(), PolicyLane.FRAMES);
    OwnedSocket socket = descriptor.socket;
    int length = checkedLength(receive, socket);
    if (receive.oob()) {
      receiveUrgent(call, descriptor, receive.peek());
      return;
    }
    Operation.checkTime(receive.timeoutMillis());
    if (socket.transport().isListening()) {
      throw RefusedException.ofTransfer(Errno.ENOTCONN);
    }
    checkNoLane(socket.lanes().isReceiving());
    socket.enableReceive();
    receives.take().begin(call, descriptor, length, receive.peek(), receive.timeoutMillis());
    socket.reportEvents();
  }

  /** Restores a receive or send that waited in another broker. */
  void restore(Call call, Descriptor descriptor, SavedOperation saved) {
    switch (call.request()) {
      case Request.Receive it ->
          receives
              .take()
              .restore(call, descriptor, checkedLength(it, descriptor.socket), it.peek(), saved);
      case Request.Send it ->
          sends.take().restore(call, descriptor, it, saved, environment.timers());
      default -> throw new IllegalArgumentException(call.what() + " moves no bytes");
    }
  }

  /** Restores the receipt of data that is on its way to a session. */
  Receipt restore(SavedDelivery.Received saved, OwnedSocket socket, Session session) {
    KernelSocket.Arrival arrival =
        saved.arrival() == null ? new KernelSocket.Arrival() : Returned.restore(saved.arrival());
    return receipts.take().of(socket, session, saved.position(), saved.bytes(), arrival);
  }

  private int checkedLength(Request.Receive receive, OwnedSocket socket) {
    int max = environment.limits().frameBytes() - Message.FRAME_OVERHEAD;
    int length = receive.length() == null ? Math.min(LENGTH_DEFAULT, max) : receive.length();
    int min = socket.kernel().type() == SocketType.STREAM ? 1 : 0;
    if (length < min) {
      throw new RefusedException(
          Errno.EINVAL, "a receive of " + length + " bytes would receive nothing");
    }
    return Math.min(length, max);
  }

  /** Receives the urgent byte. Never waits and is not queued (OOB in section 4). */
  private void receiveUrgent(Call call, Descriptor descriptor, boolean peek) {
    OwnedSocket socket = descriptor.socket;
    checkUrgent(socket);
    ByteBuf bytes = environment.buffers().directBuffer(1);
    int result = socket.kernel().receiveUrgent(bytes, peek);
    socket.enableReceive();
    if (result < 0) {
      bytes.release();
      call.refuse(
          result == -Errno.EINVAL
              ? new RefusedException(
                  Errno.EINVAL, "there is no urgent byte, or SO_OOBINLINE puts it into the stream")
              : RefusedException.ofTransfer(-result));
    } else {
      descriptor.received(PolicyLane.FRAMES, peek ? 0 : result);
      call.reply(Reply.Received.BYTES_ONLY, bytes, null);
    }
    if (!socket.lanes().isReceiving()) {
      socket.reportEvents();
    } else {
      // A waiting receive may have stopped before the urgent byte.
      socket.serveWaiting();
    }
  }

  private static void checkNoLane(boolean occupied) {
    if (occupied) {
      throw laneInTheWay();
    }
  }

  static RefusedException laneInTheWay() {
    return new RefusedException(
        Errno.EBUSY, "the socket's bytes go through a ring or a stream in that direction");
  }

  private static void checkUrgent(OwnedSocket socket) {
    if (!socket.isStream()) {
      throw new RefusedException(Errno.EOPNOTSUPP, "a datagram socket has no urgent data");
    }
  }

  /**
   * @param payload remains the caller's
   */
  void onSend(Call call, Request.Send send, ByteBuf payload) {
    Descriptor descriptor = call.session().descriptor(send.descriptor(), Right.SEND);
    authority.mayUse(call.session(), PolicyLane.FRAMES);
    OwnedSocket socket = descriptor.socket;
    long total = send.length() == null ? payload.readableBytes() : send.length();
    if (total < payload.readableBytes()) {
      throw new RefusedException(
          Errno.EINVAL, "the payload is longer than the send's length of " + total + " bytes");
    } else if (!socket.isStream() && total > payload.readableBytes()) {
      throw new RefusedException(Errno.EMSGSIZE, "a datagram is sent in one frame");
    }
    if (send.oob()) {
      checkUrgent(socket);
    }
    checkNoLane(socket.lanes().isClientSending());
    if (socket.isStream() && send.to() != null) {
      throw RefusedException.ofTransfer(
          socket.transport().isConnected() ? Errno.EISCONN : Errno.EOPNOTSUPP);
    }
    if (send.to() != null) {
      authority.mayConnect(call.session(), socket.kernel(), send.to());
    }
    Operation.checkTime(send.timeoutMillis());
    int sent = call.session().begunSends.take(call.requestId(), payload.readableBytes());
    sends.take().begin(call, descriptor, send, payload.retain(), total, sent, environment.timers());
    socket.reportEvents();
  }

  /**
   * Handles the next part of a send. A part of a send that has ended is discarded.
   *
   * @param payload remains the caller's
   */
  void onSendMore(Session session, long requestId, ByteBuf payload) {
    if (session.waiting.get(requestId) instanceof Operation operation
        && operation.attempt() instanceof SendAttempt send) {
      OwnedSocket socket = operation.descriptor().socket;
      try {
        int sent = session.begunSends.take(requestId, payload.readableBytes());
        send.more(payload.retain(), sent);
      } catch (RefusedException e) {
        operation.refuse(e);
      }
      socket.serveWaiting();
    }
  }
}
