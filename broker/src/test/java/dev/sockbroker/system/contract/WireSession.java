package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A session at the level of the wire protocol, without the client library. Requests are frames,
 * answers are futures, and events are kept in the order of arrival. Thread-safe.
 */
final class WireSession implements AutoCloseable {
  /** The size of a part of a long send; every frame stays below the broker's limit. */
  static final int PART_BYTES = 256 << 10;

  private static final long DEADLINE_SECONDS = 30;
  private static final byte[] NOTHING = {};

  /** A reply and its payload. */
  record Answer(Reply reply, byte[] payload) {}

  /**
   * An event.
   *
   * @param outOfTurn whether its number differs from the descriptor's registration at its arrival
   *     (rule 31)
   */
  record Told(Event event, boolean outOfTurn) {}

  private final SocketChannel channel;
  private final Runnable onTold;
  private final FrameCodec encoder = new FrameCodec();
  private final Map<Long, CompletableFuture<Answer>> pending = new ConcurrentHashMap<>();
  private final Map<Long, ByteBuffer> unsent = new ConcurrentHashMap<>();
  private final List<Told> told = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Writes the parts of long sends. The reader itself must never wait for the broker to read. */
  private final ExecutorService parts =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

  /** Held while the session must not read. */
  private final Semaphore reading = new Semaphore(1);

  /**
   * The request whose answer is the last one that is read; 0 for none. Not guarded by a lock: a
   * writer may hold it until the reader reads.
   */
  private volatile long stopAfter;

  /** The number of each descriptor's registration. Reader thread only. */
  private final Map<Long, Long> numbers = new HashMap<>();

  private final Map<Long, Long> registering = new ConcurrentHashMap<>();
  private final Reply.Welcome welcome;
  private long lastRequest;

  /**
   * @param hello of the session
   * @param onTold called after each event
   */
  WireSession(SocketChannel channel, Request.Hello hello, Runnable onTold) {
    this.channel = channel;
    this.onTold = onTold;
    Thread.ofPlatform().daemon().name("session reader").start(this::readAll);
    welcome = (Reply.Welcome) ask(hello).reply();
  }

  Reply.Welcome welcome() {
    return welcome;
  }

  /** Sends a request and waits for the answer. */
  Answer ask(Request request) {
    return await(begin(request, NOTHING));
  }

  /** Waits for an answer that must come. */
  static Answer await(CompletableFuture<Answer> answer) {
    return await(answer, DEADLINE_SECONDS);
  }

  /** Waits longer for an answer that must come. */
  static Answer await(CompletableFuture<Answer> answer, long seconds) {
    try {
      return answer.get(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while an answer was awaited", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("no answer: " + e, e);
    }
  }

  /**
   * Sends a request and returns the future answer.
   *
   * @param payload the part beyond {@link #PART_BYTES} follows when the broker asks for it
   */
  CompletableFuture<Answer> begin(Request request, byte[] payload) {
    return begin(request, payload, false);
  }

  /**
   * @param isLast whether its answer is the last one that is read
   */
  private CompletableFuture<Answer> begin(Request request, byte[] payload, boolean isLast) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    ByteBuffer bytes = ByteBuffer.wrap(payload);
    synchronized (encoder) {
      long id = ++lastRequest;
      pending.put(id, answer);
      switch (request) {
        case Request.AsyncSelect it -> registering.put(id, it.descriptor());
        case Request.EventSelect it -> registering.put(id, it.descriptor());
        default -> {}
      }
      unsent.put(id, bytes);
      if (isLast) {
        stopAfter = id;
      }
      write(id, request, bytes, PART_BYTES);
    }
    return answer;
  }

  private void write(long id, Request request, ByteBuffer from, int length) {
    int count = Math.min(length, from.remaining());
    ByteBuffer part = from.slice(from.position(), count);
    from.position(from.position() + count);
    synchronized (encoder) {
      ByteBuffer head = encoder.encode(id, request, count);
      try {
        while (head.hasRemaining() || part.hasRemaining()) {
          channel.write(new ByteBuffer[] {head, part});
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The events that came since the last call. */
  List<Told> takeTold() {
    synchronized (told) {
      List<Told> taken = List.copyOf(told);
      told.clear();
      return taken;
    }
  }

  /** Waits until the broker has ended the session. */
  void awaitEnd() {
    try {
      if (!ended.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("the session does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    parts.shutdown();
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops reading, like a stopped process. Earlier messages have been taken. */
  void stopReading() {
    reading.acquireUninterruptibly();
    await(begin(new Request.Ping(), NOTHING, true));
  }

  void readAgain() {
    stopAfter = 0;
    reading.release();
  }

  /** Blocks after the answer at which the reader must stop. */
  private void awaitReading() {
    long last = stopAfter;
    if (last == 0 || pending.containsKey(last)) {
      return;
    }
    reading.acquireUninterruptibly();
    reading.release();
  }

  private void readAll() {
    FrameReader frames = new FrameReader(1 << 16);
    FrameCodec decoder = new FrameCodec();
    try {
      while (frames.fill(channel::read)) {
        for (ByteBuffer frame = frames.next(); frame != null; frame = frames.next()) {
          onFrame(decoder.decode(frame, frames.frameBytesMax()));
        }
        awaitReading();
      }
    } catch (IOException e) {
      // every future that still waits reports the end, whatever its reason
    } finally {
      IOException gone = new IOException("the session has ended");
      pending.values().forEach(answer -> answer.completeExceptionally(gone));
      ended.countDown();
    }
  }

  private void onFrame(Frame frame) {
    switch (frame.message()) {
      case Reply reply -> onReply(frame.requestId(), reply, frame.payload());
      case Event.SendReady ready -> {
        ByteBuffer rest = unsent.get(frame.requestId());
        Request more = new Request.SendMore(ready.descriptor());
        parts.execute(() -> write(frame.requestId(), more, rest, ready.length()));
      }
      case Event event -> onEvent(event);
      case Request request -> throw new IllegalStateException("the broker asks: " + request);
    }
  }

  /** The id of the last request, for a cancel. */
  long lastRequest() {
    synchronized (encoder) {
      return lastRequest;
    }
  }

  private void onReply(long requestId, Reply reply, ByteBuffer payload) {
    if (requestId == 0) {
      // it gives the reason for the end of the session, which follows
      return;
    }
    Long descriptor = registering.remove(requestId);
    switch (reply) {
      case Reply.Registered it -> {
        if (it.number() != 0 || it.cancelled() != 0) {
          numbers.put(descriptor, it.number());
        }
      }
      case Reply.Opened it -> numbers.put(it.descriptor(), it.registration());
      default -> {}
    }
    unsent.remove(requestId);
    if (reply instanceof Reply.Error it && !isWellSaid(it)) {
      pending.remove(requestId).completeExceptionally(new AssertionError("badly said: " + it));
      return;
    }
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    pending.remove(requestId).complete(new Answer(reply, bytes));
  }

  /** Section 6: every error has a name, a number and a message. */
  private static boolean isWellSaid(Reply.Error error) {
    return error.error().equals(Errno.name(error.errno())) && error.message().contains(" ");
  }

  private void onEvent(Event event) {
    boolean outOfTurn =
        switch (event) {
          case Event.Network it -> it.number() != numbers.getOrDefault(it.descriptor(), 0L);
          case Event.Replaced it -> it.number() != numbers.put(it.descriptor(), 0L);
          case Event.Promoted it -> numbers.put(it.descriptor(), it.number()) != 0;
          default -> false;
        };
    synchronized (told) {
      told.add(new Told(event, outOfTurn));
    }
    onTold.run();
  }
}
