package dev.sockbroker.client;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * One request and its outcome.
 *
 * <p>A caller's thread creates it. The reading thread then owns it and sets {@link #outcome}.
 * Blocking callers wait only for the outcome, so they need no free executor.
 */
final class Operation<T> {
  /** Converts a reply for the caller. It runs on the thread that reads, in stream order. */
  interface Answer<T> {
    /**
     * @param reply any reply except {@link Reply.Error}
     * @param payload valid only during the call
     */
    T of(Reply reply, ByteBuffer payload);
  }

  /** Exactly one component is set, but the value of a successful operation may be null. */
  record Outcome<T>(T value, Reply.Error error, Throwable lost) {}

  private final Request request;
  private final Answer<T> answer;
  private final SharedSocket socket;
  private final ByteBuffer payload;
  private final ByteBuffer into;

  /** The part of {@link #into} that a payload was read into directly. */
  private ByteBuffer room;

  private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();

  /** Set before the operation is handed over. */
  private long id;

  /**
   * The bytes that were sent with the request before the broker asked for them. Owned by {@link
   * Sends}.
   */
  private int unasked;

  /**
   * @param socket the descriptor used, or null
   * @param payload the bytes to send, or null; not modified here
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

  /** Puts the reply's payload into a buffer and advances its position. */
  static Operation<Integer> receiving(
      Request request, SharedSocket socket, ByteBuffer into, Answer<Integer> answer) {
    return new Operation<>(request, socket, null, into, answer);
  }

  /** An operation whose reply has no content. */
  static Operation<Void> plain(Request request, SharedSocket socket) {
    return new Operation<>(request, socket, null, (reply, payload) -> null);
  }

  Request request() {
    return request;
  }

  /** The bytes still to be sent, or null. */
  ByteBuffer payload() {
    return payload;
  }

  CompletableFuture<Outcome<T>> outcome() {
    return outcome;
  }

  boolean isDone() {
    return outcome.isDone();
  }

  /** A buffer for the payload of the reply, or null if the operation has none of that size. */
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

  /** Whether this client has closed the socket in the meantime. */
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
      // a reply of the wrong kind or without meaning fails this call; the session continues
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

  /** The operation will not get a reply. */
  void onLost(Throwable cause) {
    outcome.complete(new Outcome<>(null, null, cause));
  }
}
