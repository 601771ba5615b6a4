package dev.sockbroker.client;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SelectionKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for a reply, by request id, and the frames on their way to the broker. Any thread.
 *
 * <p>{@link #lock} guards every field. It is held for short steps, and never while somebody waits
 * or while an answer runs.
 */
final class Requests {
  /** Requests that are written together. */
  private static final int BURST = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final GatheringByteChannel channel;
  private final Runnable onUnwritten;
  private final Outbox outbox = new Outbox(new FrameCodec());
  private final Sends sends = new Sends(outbox);
  private final Map<Long, Operation<?>> pending = new HashMap<>();
  private long lastId;

  /**
   * Whether the broker may have something to say that nobody waits for now. A ring's doorbell does
   * not count: it rings only for a thread that sleeps.
   */
  private boolean eventsExpected;

  /** Kept for the thread that reads, which first reads what the broker has said before. */
  private IOException writeFailure;

  /** Why no request can be made any more; null while the session lives. */
  private Throwable end;

  /**
   * @param channel never blocks
   * @param onUnwritten has the thread that reads write what the channel does not take now; under
   *     the lock
   */
  Requests(GatheringByteChannel channel, Runnable onUnwritten) {
    this.channel = channel;
    this.onUnwritten = onUnwritten;
  }

  /** What the broker says in its answer to hello. */
  void limits(Reply.Limits limits) {
    lock.lock();
    try {
      outbox.frameBytesMax(limits.frameBytes());
      sends.limits(limits.frameBytes(), limits.bufferedBytes());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives an operation its id and writes its request.
   *
   * @param inTurn on the thread that reads, which writes at the end of its turn, but not so much at
   *     once that the broker has nothing to do meanwhile
   * @return false if the session has ended
   * @throws InvalidMessageException if no frame can hold it, or JSON has no such value
   */
  boolean begin(Operation<?> operation, boolean inTurn) {
    lock.lock();
    try {
      if (end != null) {
        return false;
      }
      operation.id(++lastId);
      add(operation);
      if (!inTurn) {
        flush();
        if (!outbox.isEmpty()) {
          onUnwritten.run();
        }
      } else if (outbox.size() >= BURST) {
        flush();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void add(Operation<?> operation) {
    Request request = operation.request();
    eventsExpected |=
        request instanceof Request.AsyncSelect
            || request instanceof Request.EventSelect
            || request instanceof Request.CreateEvent;
    if (operation.payload() != null) {
      sends.start(operation);
    } else {
      outbox.add(operation.id(), request);
    }
    pending.put(operation.id(), operation);
  }

  /** Writes as much as the channel takes; {@link #checkWritten} says what went wrong. */
  void write() {
    lock.lock();
    try {
      flush();
    } finally {
      lock.unlock();
    }
  }

  private void flush() {
    try {
      outbox.flush(channel);
    } catch (IOException e) {
      writeFailure = e;
    }
  }

  /**
   * Sets what the thread that reads waits for.
   *
   * @return false if it is not to wait, because a write has failed
   */
  boolean setInterest(SelectionKey key) {
    lock.lock();
    try {
      key.interestOps(
          outbox.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      return writeFailure == null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @throws IOException if a write has failed
   */
  void checkWritten() throws IOException {
    lock.lock();
    try {
      if (writeFailure != null) {
        throw writeFailure;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Where a large payload goes at once, null if nowhere. */
  ByteBuffer room(FrameHeader header, int payloadLength) {
    lock.lock();
    try {
      Operation<?> operation = pending.get(header.requestId());
      return operation == null ? null : operation.room(payloadLength);
    } finally {
      lock.unlock();
    }
  }

  /** The operation whose reply has come; it waits no longer. Null if there is none. */
  Operation<?> take(long requestId) {
    lock.lock();
    try {
      Operation<?> operation = pending.remove(requestId);
      if (operation != null) {
        sends.onEnd(operation);
      }
      return operation;
    } finally {
      lock.unlock();
    }
  }

  /** The broker wants the next part of a send. */
  void onSendReady(long requestId, int length) {
    lock.lock();
    try {
      Operation<?> operation = pending.get(requestId);
      if (operation != null) {
        sends.onReady(operation, length);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes an operation back of which nothing has gone out.
   *
   * @return whether that was so
   */
  boolean withdraw(Operation<?> operation) {
    lock.lock();
    try {
      return sends.withdraw(operation) && pending.remove(operation.id()) != null;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing is to be written, and nothing is expected from the broker. */
  boolean isQuiet() {
    lock.lock();
    try {
      return pending.isEmpty() && outbox.isEmpty() && !eventsExpected;
    } finally {
      lock.unlock();
    }
  }

  /** No request can be made from now on. Answers what waited for a reply. */
  List<Operation<?>> end(Throwable why) {
    lock.lock();
    try {
      end = why;
      List<Operation<?>> lost = List.copyOf(pending.values());
      pending.clear();
      return lost;
    } finally {
      lock.unlock();
    }
  }

  /** Why no request can be made any more; null while the session lives. */
  Throwable end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }
}
