package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The sends in progress. It decides how much is sent before the broker asks. Guarded by the lock of
 * {@link Requests}.
 *
 * <p>A send on a stream begins with a first part. The broker asks for the following parts when it
 * has room. A window over all sockets limits the bytes that the broker did not ask for and has not
 * taken. When the window is full, a stream send starts without any bytes and the broker asks for
 * the first part too, so the send keeps its place in the socket's order. A datagram cannot be
 * split, so it waits here.
 */
final class Sends {
  /** Large enough to fill a frame well, and small enough for many sockets to share the window. */
  private static final int FIRST_PART_MAX = 256 << 10;

  private final Outbox outbox;
  private final ArrayDeque<Operation<?>> held = new ArrayDeque<>();
  private int datagramMax = FrameHeader.FRAME_BYTES_MAX - Message.FRAME_OVERHEAD;
  private int partMax = FIRST_PART_MAX;
  private int window = FIRST_PART_MAX;
  private int unasked;

  Sends(Outbox outbox) {
    this.outbox = outbox;
  }

  /**
   * @param frameBytes the broker's limit on one frame
   * @param bufferedBytes the broker's limit on the waiting bytes of a session's sends
   */
  void limits(int frameBytes, int bufferedBytes) {
    datagramMax = frameBytes - Message.FRAME_OVERHEAD;
    partMax = Math.min(datagramMax, bufferedBytes);
    window = Math.max(1, bufferedBytes / 2);
  }

  void start(Operation<?> operation) {
    if (operation.isDatagram()) {
      checkDatagram(operation.payload().remaining());
      held.add(operation);
      startHeld();
    } else {
      startStream(operation, (Request.Send) operation.request());
    }
  }

  private void checkDatagram(int size) {
    if (size > datagramMax) {
      throw new InvalidMessageException(
          Errno.EMSGSIZE, "a datagram of " + size + " bytes (at most " + datagramMax + ")");
    }
  }

  /** The broker asks for the next part. */
  void onReady(Operation<?> operation, int length) {
    release(operation);
    Request.Send send = (Request.Send) operation.request();
    ByteBuffer part = part(operation.payload(), Math.min(length, partMax));
    outbox.add(operation.id(), new Request.SendMore(send.descriptor()), part);
  }

  /** The reply has arrived, or will never arrive. */
  void onEnd(Operation<?> operation) {
    release(operation);
  }

  /**
   * Withdraws a send that has not begun.
   *
   * @return whether it was still waiting here
   */
  boolean withdraw(Operation<?> operation) {
    return held.remove(operation);
  }

  private void startStream(Operation<?> operation, Request.Send send) {
    ByteBuffer payload = operation.payload();
    int whole = payload.remaining();
    int first = Math.min(whole, Math.min(FIRST_PART_MAX, partMax));
    if (unasked > 0 && unasked + first > window) {
      first = 0;
    }
    Long length = first < whole ? Long.valueOf(whole) : null;
    Request request =
        new Request.Send(send.descriptor(), length, send.to(), send.oob(), send.timeoutMillis());
    begin(operation, request, first);
  }

  private void startHeld() {
    while (!held.isEmpty()) {
      Operation<?> next = held.peek();
      int size = next.payload().remaining();
      if (unasked > 0 && unasked + size > window) {
        return;
      }
      held.remove();
      begin(next, next.request(), size);
    }
  }

  private void begin(Operation<?> operation, Request request, int first) {
    unasked += first;
    operation.unasked(first);
    outbox.add(operation.id(), request, part(operation.payload(), first));
  }

  private void release(Operation<?> operation) {
    unasked -= operation.unasked();
    operation.unasked(0);
    startHeld();
  }

  /** Splits off the next bytes. */
  private static ByteBuffer part(ByteBuffer payload, int length) {
    ByteBuffer part = payload.slice(payload.position(), Math.min(length, payload.remaining()));
    payload.position(payload.position() + part.remaining());
    return part;
  }
}
