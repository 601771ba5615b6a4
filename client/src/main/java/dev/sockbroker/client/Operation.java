package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * One request and what becomes of it.
 *
 * <p>A caller's thread makes it; then it belongs to whoever reads, who sets {@link #outcome}.
 * Blocking callers wait on that alone, so no executor has to be free for them to go on.
 */
final class Operation<T> {
  /**
   * What a reply means to the caller. Runs on the thread that reads, in the order of the stream.
   */
  interface Answer<T> {
    /**
     * @param reply any but {@link Reply.Error}
     * @param payload good during the call only
     */
    T of(Reply reply, ByteBuffer payload);
  }

  /** Exactly one of the three is there, but a value may be null. */
  record Outcome<T>(T value, Reply.Error error, Throwable lost) {}

  private final Request request;
  private final Answer<T> answer;
  private final SharedSocket socket;
  private final ByteBuffer payload;
  private final ByteBuffer into;

  /** The part of {@link #into} where a payload was put as it came. */
  private ByteBuffer room;

  private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();

  /** Set before the operation is handed over. */
  private long id;

  /** Bytes that went out with the request and were not asked for; that of {@link Sends}. */
  private int unasked;

  /**
   * @param socket through which it goes, or null
   * @param payload what a send sends, or null; not changed here
   */
  Operation(Request request, SharedSocket socket, ByteBuffer payload, Answer<T> answer) {
    this(request, socket, payload, null, answer);
  }

  private Operation(
      Request request, SharedSocket socket, ByteBuffer payload, ByteBuffer into, Answer<T> answer) {
    this.request = request;
    this.socket = socket;
    this.payload = payload == null ? null : payload.duplicate();
    this.into = into;
    this.answer = answer;
  }

  /** An operation whose reply's payload is put into a buffer, whose position moves. */
  static Operation<Integer> receiving(
      Request request, SharedSocket socket, ByteBuffer into, Answer<Integer> answer) {
    return new Operation<>(request, socket, null, into, answer);
  }

  /** An operation whose reply says nothing. */
  static Operation<Void> plain(Request request, SharedSocket socket) {
    return new Operation<>(request, socket, null, (reply, payload) -> null);
  }

  Request request() {
    return request;
  }

  /** What is still to be sent, or null. */
  ByteBuffer payload() {
    return payload;
  }

  CompletableFuture<Outcome<T>> outcome() {
    return outcome;
  }

  boolean isDone() {
    return outcome.isDone();
  }

  /** A place for the payload of the reply, null if it has none of that size. */
  ByteBuffer room(int length) {
    room = into == null || into.remaining() < length ? null : into.slice(into.position(), length);
    return room;
  }

  long id() {
    return id;
  }

  void id(long given) {
    id = given;
  }

  int unasked() {
    return unasked;
  }

  void unasked(int bytes) {
    unasked = bytes;
  }

  boolean isDatagram() {
    return socket != null && socket.type() == SocketType.DGRAM;
  }

  /** Whether this client closed the socket meanwhile. */
  boolean isSocketClosed() {
    return socket != null && socket.isClosed();
  }

  /** Whether an interrupt ends the caller's wait. */
  boolean isInterruptible() {
    return socket == null || socket.isInterruptible();
  }

  void onReply(Reply reply, ByteBuffer bytes) {
    if (reply instanceof Reply.Error error) {
      outcome.complete(new Outcome<>(null, error, null));
      return;
    }
    try {
      T value = answer.of(reply, bytes);
      put(bytes);
      outcome.complete(new Outcome<>(value, null, null));
    } catch (RuntimeException e) {
      // a reply of a wrong kind, or one that cannot be used: this call fails, the session lives
      outcome.complete(
          new Outcome<>(null, null, new IllegalStateException("cannot use " + reply, e)));
    }
  }

  private void put(ByteBuffer bytes) {
    if (into != null && bytes == room) {
      into.position(into.position() + bytes.limit());
    } else if (into != null) {
      into.put(bytes);
    }
  }

  /** No reply will come. */
  void onLost(Throwable cause) {
    outcome.complete(new Outcome<>(null, null, cause));
  }
}
