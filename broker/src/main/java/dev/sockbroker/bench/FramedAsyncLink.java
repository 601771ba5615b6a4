package dev.sockbroker.bench;

import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The broker owns the socket, and bytes travel in frames through the asynchronous calls. Workers
 * that run in callbacks use these. The next receive and the next send are in progress while the
 * program processes received bytes.
 */
final class FramedAsyncLink implements Link {
  /** The number of operations in progress when bytes flow in only one direction. */
  private static final int DEPTH = 2;

  private final SharedSocket socket;
  private final int capacity;

  FramedAsyncLink(SharedSocket socket, int capacity) {
    this.socket = socket;
    this.capacity = capacity;
  }

  @Override
  public int receive() throws IOException {
    return socket.receive(buffer());
  }

  @Override
  public void send(int count) throws IOException {
    socket.send(buffer().limit(count));
  }

  private ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(capacity);
  }

  @Override
  public Moved receiveAll() throws IOException, InterruptedException {
    Receiving receiving = new Receiving();
    for (int i = 0; i < DEPTH; i++) {
      receiving.next(buffer());
    }
    return await(receiving.moved);
  }

  @Override
  public Moved sendFor(int size, long millis) throws IOException, InterruptedException {
    Sending sending = new Sending(millis * 1_000_000);
    for (int i = 0; i < DEPTH; i++) {
      sending.next(buffer().limit(size));
    }
    return await(sending.moved);
  }

  @Override
  public void answerAll(int size) throws IOException, InterruptedException {
    Answering answering = new Answering(size);
    answering.next();
    await(answering.end);
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    }
  }

  /** Its callbacks run one at a time, like all callbacks here. */
  private final class Receiving {
    private final CompletableFuture<Moved> moved = new CompletableFuture<>();
    private long begin;
    private long bytes;

    void next(ByteBuffer into) {
      socket
          .receiveAsync(into.clear())
          .whenComplete((count, failure) -> onReceived(into, count, failure));
    }

    private void onReceived(ByteBuffer into, Integer count, Throwable failure) {
      if (failure != null) {
        moved.completeExceptionally(failure);
      } else if (count < 0) {
        moved.complete(new Moved(bytes, begin, System.nanoTime()));
      } else {
        count(count);
        next(into);
      }
    }

    /** The clock starts after the first bytes, so they are not counted. */
    private void count(int count) {
      if (begin == 0) {
        begin = System.nanoTime();
      } else {
        bytes += count;
      }
    }
  }

  private final class Sending {
    private final CompletableFuture<Moved> moved = new CompletableFuture<>();
    private final long begin = System.nanoTime();
    private final long length;
    private long bytes;
    private int underWay;

    Sending(long nanos) {
      length = nanos;
      underWay = DEPTH;
    }

    void next(ByteBuffer from) {
      int size = from.remaining();
      socket.sendAsync(from).whenComplete((count, failure) -> onSent(from, size, failure));
    }

    private void onSent(ByteBuffer from, int size, Throwable failure) {
      bytes += size - from.remaining();
      if (failure != null) {
        moved.completeExceptionally(failure);
      } else if (System.nanoTime() - begin < length) {
        next(from.hasRemaining() ? from : from.flip());
      } else if (--underWay == 0) {
        moved.complete(new Moved(bytes, begin, System.nanoTime()));
      }
    }
  }

  private final class Answering {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final ByteBuffer in = buffer();
    private final ByteBuffer out = buffer();
    private final int size;
    private int waiting;

    Answering(int size) {
      this.size = size;
    }

    void next() {
      socket.receiveAsync(in.clear()).whenComplete(this::onReceived);
    }

    private void onReceived(Integer count, Throwable failure) {
      if (failure != null) {
        end.completeExceptionally(failure);
      } else if (count < 0) {
        end.complete(null);
      } else {
        answer(count);
        next();
      }
    }

    private void answer(int count) {
      waiting += count;
      int whole = waiting - waiting % size;
      if (whole > 0) {
        waiting -= whole;
        socket
            .sendAsync(out.slice(0, whole))
            .exceptionally(
                failure -> {
                  end.completeExceptionally(failure);
                  return null;
                });
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
