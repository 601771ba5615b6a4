package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Sends whose bytes are on their way: how much goes out unasked. Under the lock of {@link
 * Requests}.
 *
 * <p>A send on a stream begins with a first part; the broker asks for the rest, part by part, when
 * it has room. Bytes that were not asked for and not yet taken are bounded by a window over all
 * sockets. When it is full, a send on a stream goes out with no bytes at all and the broker asks
 * for the first too, so it keeps its place in the socket's order; a datagram cannot be cut, so it
 * waits here.
 */
final class Sends {
  /** Large enough to fill a frame well, small enough that many sockets share the window. */
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
   * @param bufferedBytes its limit on what a session's sends may have waiting
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

  /** The broker wants the next part. */
  void onReady(Operation<?> operation, int length) {
    release(operation);
    Request.Send send = (Request.Send) operation.request();
    ByteBuffer part = part(operation.payload(), Math.min(length, partMax));
    outbox.add(operation.id(), new Request.SendMore(send.descriptor()), part);
  }

  /** The reply came, or never will. */
  void onEnd(Operation<?> operation) {
    release(operation);
  }

  /**
   * Takes back what was not begun.
   *
   * @return whether it was still here
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

  /** Cuts the next bytes off. */
  private static ByteBuffer part(ByteBuffer payload, int length) {
    ByteBuffer part = payload.slice(payload.position(), Math.min(length, payload.remaining()));
    payload.position(payload.position() + part.remaining());
    return part;
  }
}
