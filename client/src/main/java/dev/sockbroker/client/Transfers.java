package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The operations that move bytes. Their replies update the caller's buffers. */
final class Transfers {
  private final SharedSocket socket;

  private final int lengthMax;

  Transfers(SharedSocket socket, int frameBytesMax) {
    this.socket = socket;
    lengthMax = frameBytesMax - Message.FRAME_OVERHEAD;
  }

  /** How a receive treats the bytes. */
  enum Mode {
    TAKE,
    PEEK,
    URGENT
  }

  Operation<Integer> receiving(ByteBuffer into, Duration timeout, Mode mode) {
    if (into.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only");
    }
    int room = Math.min(into.remaining(), lengthMax);
    boolean isStream = socket.type() == SocketType.STREAM;
    return Operation.receiving(
        request(room, timeout, mode),
        socket,
        into,
        (reply, payload) -> {
          // any other reply also has no bytes, but does not mean the end of the stream
          Reply.Received.class.cast(reply);
          if (isStream && room > 0 && !payload.hasRemaining()) {
            return -1;
          }
          return payload.remaining();
        });
  }

  Operation<Received> receivingMessage(int length, Duration timeout, boolean peek) {
    int room = Math.min(length, lengthMax);
    return new Operation<>(
        request(room, timeout, peek ? Mode.PEEK : Mode.TAKE),
        socket,
        null,
        (reply, payload) -> {
          Reply.Received received = (Reply.Received) reply;
          ByteBuffer data = ByteBuffer.allocate(payload.remaining()).put(payload).flip();
          int size = received.size() == null ? data.remaining() : received.size();
          return new Received(
              data, Addresses.toJdk(received.from()), size, Infos.of(received.control()));
        });
  }

  private Request.Receive request(int length, Duration timeout, Mode mode) {
    return new Request.Receive(
        socket.id(),
        length,
        Timeouts.millisOrNull(timeout),
        mode == Mode.PEEK,
        mode == Mode.URGENT);
  }

  Operation<Integer> sending(ByteBuffer from, Address to, boolean urgent, Duration timeout) {
    int whole = from.remaining();
    int begin = from.position();
    return new Operation<>(
        new Request.Send(socket.id(), null, to, urgent, Timeouts.millisOrNull(timeout)),
        socket,
        from,
        (reply, payload) -> {
          Long count = ((Reply.Sent) reply).count();
          int taken = count == null ? whole : Math.toIntExact(count);
          from.position(begin + taken);
          return taken;
        });
  }
}
