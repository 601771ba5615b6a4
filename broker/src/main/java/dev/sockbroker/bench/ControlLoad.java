package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.SocketType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Makes requests other than moving bytes, one at a time or many at once. */
final class ControlLoad implements Closeable {
  /** The number of requests in progress at once in {@code pipelined}. */
  static final int DEPTH = 32;

  /** The time between two calls in {@code set-paced}, of all threads together. */
  private static final long PACE_NANOS = 10_000_000 / 64;

  /** How long the threads may take to start. */
  private static final long START_NANOS = 50_000_000;

  private static final Set<NetworkEvent> EVENTS = EnumSet.of(NetworkEvent.READ);

  private final Broker broker;
  private final Broker other;
  private final Broker inPlace;
  private final SharedSocket socket;
  private final SharedSocket inPlaceSocket;
  private final ConnectLoad connects;

  private ControlLoad(Broker broker, Broker other, Broker inPlace) throws IOException {
    this.broker = broker;
    this.other = other;
    this.inPlace = inPlace;
    socket = broker.socket(Family.INET, SocketType.STREAM);
    connects = new ConnectLoad(broker);
    inPlaceSocket = inPlace.socket(Family.INET, SocketType.STREAM);
  }

  static ControlLoad open(String socket) throws IOException {
    Path path = Path.of(socket);
    // completes futures on the I/O thread, for a program whose callbacks only start the next
    // request
    Broker inPlace = Broker.builder().socket(path).executor(Runnable::run).connect();
    return new ControlLoad(Broker.connect(path), Broker.connect(path), inPlace);
  }

  /** One blocking operation. */
  private interface Call {
    void run() throws IOException;
  }

  /**
   * Returns the operations per second and the histogram of their times.
   *
   * @param threads how many make the calls of {@code set} and {@code set-paced}
   */
  String run(String operation, int threads, long millis) throws IOException, InterruptedException {
    return switch (operation) {
      case "ping" -> repeat(millis, broker::ping);
      case "set" -> together(threads, millis, (i, begin, end) -> repeatUntil(end, this::set));
      case "set-paced" ->
          together(
              threads,
              millis,
              (i, begin, end) ->
                  paceUntil(end, begin + i * PACE_NANOS, threads * PACE_NANOS, this::set));
      case "set-async" -> overlap(millis, 1);
      case "register" -> repeat(millis, () -> socket.asyncSelect(EVENTS, event -> {}));
      case "share" -> share(millis);
      case "open-export" -> connect(millis, connects::throughBroker);
      case "connect" -> connect(millis, connects::natively);
      case "pipelined" -> overlap(millis, DEPTH);
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private void set() throws IOException {
    socket.setOption("TCP_NODELAY", true);
  }

  private static String repeat(long millis, Call call) throws IOException {
    long begin = System.nanoTime();
    Histogram nanos = repeatUntil(begin + millis * 1_000_000, call);
    return answer(nanos, System.nanoTime() - begin);
  }

  private static Histogram repeatUntil(long end, Call call) throws IOException {
    Histogram nanos = Latency.histogram();
    long now = System.nanoTime();
    while (now < end) {
      call.run();
      long then = System.nanoTime();
      nanos.recordValue(then - now);
      now = then;
    }
    return nanos;
  }

  /**
   * Makes a call at regular times, and measures from these times. So a delay counts for each call
   * that it makes late, with one thread as with many.
   */
  private static Histogram paceUntil(long end, long first, long pace, Call call)
      throws IOException {
    Histogram nanos = Latency.histogram();
    for (long at = first; at < end; at += pace) {
      sleepUntil(at);
      call.run();
      nanos.recordValue(System.nanoTime() - at);
    }
    return nanos;
  }

  private static void sleepUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** The load of one of many threads. */
  private interface ThreadLoad {
    Histogram run(int index, long begin, long end) throws IOException;
  }

  /** Threads use one session at the same time. */
  private static String together(int threads, long millis, ThreadLoad load)
      throws IOException, InterruptedException {
    long begin = System.nanoTime() + START_NANOS;
    long end = begin + millis * 1_000_000;
    List<FutureTask<Histogram>> loads = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      loads.add(
          new FutureTask<>(
              () -> {
                sleepUntil(begin);
                return load.run(index, begin, end);
              }));
    }
    loads.forEach(it -> new Thread(it).start());
    Histogram nanos = Latency.histogram();
    try {
      for (FutureTask<Histogram> it : loads) {
        nanos.add(it.get());
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    }
    return answer(nanos, System.nanoTime() - begin);
  }

  /** One session makes a token and the other redeems it. The close is not counted. */
  private String share(long millis) throws IOException {
    Histogram nanos = Latency.histogram();
    Target target = Target.session(other.session());
    long spent = 0;
    while (spent < millis * 1_000_000) {
      long begin = System.nanoTime();
      DescriptorToken token = socket.duplicate(target);
      SharedSocket redeemed = other.redeem(token);
      long time = System.nanoTime() - begin;
      nanos.recordValue(time);
      spent += time;
      redeemed.close();
    }
    return answer(nanos, spent);
  }

  /** Keeps that many requests in progress. Each reply starts the next request. */
  private String overlap(long millis, int depth) throws IOException, InterruptedException {
    Overlap overlap = new Overlap(System.nanoTime() + millis * 1_000_000, depth);
    long begin = System.nanoTime();
    for (int i = 0; i < depth; i++) {
      overlap.next();
    }
    try {
      Histogram nanos = overlap.done.get();
      return answer(nanos, System.nanoTime() - begin);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    }
  }

  private final class Overlap {
    private final long end;
    private final Histogram nanos = Latency.histogram();
    private final CompletableFuture<Histogram> done = new CompletableFuture<>();
    private int running;

    private Overlap(long end, int depth) {
      this.end = end;
      running = depth;
    }

    private void next() {
      long begin = System.nanoTime();
      inPlaceSocket
          .setOptionAsync("TCP_NODELAY", true)
          .whenComplete((value, failure) -> onAnswer(begin, failure));
    }

    /** Called on the I/O thread. */
    private void onAnswer(long begin, Throwable failure) {
      long now = System.nanoTime();
      if (failure != null) {
        done.completeExceptionally(failure);
        return;
      }
      nanos.recordValue(now - begin);
      if (now < end) {
        next();
      } else if (--running == 0) {
        done.complete(nanos);
      }
    }
  }

  private static String connect(long millis, ConnectLoad.Connect connect) throws IOException {
    Histogram nanos = Latency.histogram();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < millis * 1_000_000) {
      connect.run(nanos);
    }
    return answer(nanos, System.nanoTime() - begin);
  }

  private static String answer(Histogram nanos, long time) {
    return nanos.getTotalCount() * 1e9 / time + " " + Latency.encode(nanos);
  }

  @Override
  public void close() throws IOException {
    connects.close();
    broker.close();
    other.close();
    inPlace.close();
  }
}
