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
 * The operations that wait for a reply, by request id, and the frames on their way to the broker.
 * Any thread may call any method.
 *
 * <p>{@link #lock} guards every field. It is held only for short steps, never while a thread waits
 * or an answer runs.
 */
final class Requests {
  /** The number of requests that are written together. */
  private static final int BURST = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final GatheringByteChannel channel;
  private final Runnable onUnwritten;
  private final Outbox outbox = new Outbox(new FrameCodec());
  private final Sends sends = new Sends(outbox);
  private final Map<Long, Operation<?>> pending = new HashMap<>();
  private long lastId;

  /**
   * Whether the broker may send something that no caller waits for. A ring's doorbell does not
   * count, because it rings only for a sleeping thread.
   */
  private boolean eventsExpected;

  /** Kept for the reading thread, which first reads what the broker sent before the failure. */
  private IOException writeFailure;

  /** The reason why no more requests can be made; null while the session is alive. */
  private Throwable end;

  /**
   * @param channel never blocks
   * @param onUnwritten makes the reading thread write what the channel does not accept now; called
   *     under the lock
   */
  Requests(GatheringByteChannel channel, Runnable onUnwritten) {
    this.channel = channel;
    this.onUnwritten = onUnwritten;
  }

  /** Takes the limits from the broker's reply to hello. */
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
   * @param inTurn whether this is the reading thread, which writes at the end of its turn. It
   *     writes earlier if much has accumulated, so that the broker is not idle.
   * @return false if the session has ended
   * @throws InvalidMessageException if no frame can hold it or JSON cannot express a value
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

  /** Writes as much as the channel accepts. {@link #checkWritten} reports a failure. */
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
   * Sets what the reading thread waits for.
   *
   * @return false if it must not wait, because a write has failed
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

  /** The buffer that a large payload is read into directly, or null. */
  ByteBuffer room(FrameHeader header, int payloadLength) {
    lock.lock();
    try {
      Operation<?> operation = pending.get(header.requestId());
      return operation == null ? null : operation.room(payloadLength);
    } finally {
      lock.unlock();
    }
  }

  /** Removes and returns the operation whose reply has arrived, or null. */
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

  /** The broker asks for the next part of a send. */
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
   * Withdraws an operation if nothing of it has been sent.
   *
   * @return whether it was withdrawn
   */
  boolean withdraw(Operation<?> operation) {
    lock.lock();
    try {
      return sends.withdraw(operation) && pending.remove(operation.id()) != null;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing is left to write and nothing is expected from the broker. */
  boolean isQuiet() {
    lock.lock();
    try {
      return pending.isEmpty() && outbox.isEmpty() && !eventsExpected;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses all later requests. Returns the operations that waited for a reply. */
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

  /** The reason why no more requests can be made; null while the session is alive. */
  Throwable end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }
}
