package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The requests of a session and their replies: exactly one reply for each request, and no EIO. */
final class Ledger {
  private final Known known;
  private final Consumer<String> wrong;
  private final FrameCodec codec = new FrameCodec();
  private final Map<Long, Deque<Class<? extends Request>>> owed = new HashMap<>();
  private final Set<Long> parts = new HashSet<>();
  private final Map<Long, Reply> awaited = new HashMap<>();
  private final FrameReader frames = new FrameReader(1 << 16);
  private boolean ended;
  private String ending = "without a word";

  /**
   * @param wrong receives wrong answers
   */
  Ledger(Known known, Consumer<String> wrong) {
    this.known = known;
    this.wrong = wrong;
  }

  /** A request is about to be sent. */
  synchronized void asked(Shot shot) {
    if (!shot.isAnswered()) {
      parts.add(shot.requestId());
    } else {
      owed.computeIfAbsent(shot.requestId(), id -> new ArrayDeque<>()).add(kind(shot));
    }
  }

  private static Class<? extends Request> kind(Shot shot) {
    return shot.type() == null ? Request.class : shot.type();
  }

  /** Like {@link #asked}, for a request whose {@link #answer} will be called. */
  synchronized void askedAndAwaited(Shot shot) {
    asked(shot);
    awaited.put(shot.requestId(), null);
  }

  /** Null if the session has ended, or there was no reply in time. */
  synchronized Reply answer(Shot shot, int seconds) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!ended && awaited.get(shot.requestId()) == null && System.nanoTime() < end) {
      wait(100);
    }
    return awaited.remove(shot.requestId());
  }

  /** Waits until every request has its reply. Returns false after the time limit. */
  synchronized boolean awaitAllAnswered(int millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!ended && !owed.isEmpty() && System.nanoTime() < end) {
      wait(100);
    }
    return ended || owed.isEmpty();
  }

  synchronized List<Long> unanswered() {
    return List.copyOf(owed.keySet());
  }

  synchronized String unansweredForPeople() {
    return owed.entrySet().stream().limit(10).toList().toString();
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  synchronized String ending() {
    return ending;
  }

  /**
   * @param bytes from the broker; null when the connection has ended
   */
  synchronized void onBytes(byte[] bytes) {
    if (bytes == null) {
      ended = true;
    } else {
      onSome(ByteBuffer.wrap(bytes));
    }
    notifyAll();
  }

  private void onSome(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        frames.fill(into -> move(bytes, into));
        for (ByteBuffer frame = frames.next(); frame != null; frame = frames.next()) {
          onFrame(codec.decode(frame, frames.frameBytesMax()));
        }
      }
    } catch (IOException e) {
      wrong.accept("a frame that cannot be read: " + e);
    }
  }

  private static int move(ByteBuffer from, ByteBuffer into) {
    int count = Math.min(from.remaining(), into.remaining());
    into.put(from.slice(from.position(), count));
    from.position(from.position() + count);
    return count;
  }

  private void onFrame(Frame frame) {
    switch (frame.message()) {
      case Reply reply -> onReply(frame.requestId(), reply);
      case Event.Stopping stopping -> ending = "stopping: " + stopping.reason();
      default -> {}
    }
  }

  private void onReply(long requestId, Reply reply) {
    if (reply instanceof Reply.Error error) {
      check(error);
      ending = error.message();
    }
    if (requestId != 0 && !settle(requestId, reply)) {
      wrong.accept("a reply that nobody asked for, to #" + requestId + ": " + reply);
    }
    known.learn(reply);
    if (awaited.containsKey(requestId)) {
      awaited.put(requestId, reply);
    }
  }

  /**
   * A part of a send may be refused as malformed; then it cannot be distinguished from its send.
   */
  private boolean settle(long requestId, Reply reply) {
    Deque<Class<? extends Request>> asked = owed.get(requestId);
    if (asked == null) {
      return parts.contains(requestId) && reply instanceof Reply.Error;
    }
    asked.remove();
    if (asked.isEmpty()) {
      owed.remove(requestId);
    }
    return true;
  }

  private void check(Reply.Error error) {
    if (error.errno() == Errno.EIO) {
      wrong.accept("EIO: " + error.message());
    } else if (error.message().length() > 1000
        || !error.error().equals(Errno.name(error.errno()))) {
      wrong.accept("an error reply without an error: " + error);
    }
  }
}
