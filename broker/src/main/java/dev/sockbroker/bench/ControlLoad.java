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
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.HdrHistogram.Histogram;

/** Makes requests other than moving bytes, one at a time or many at once. */
final class ControlLoad implements Closeable {
  /** The number of requests in progress at once in {@code pipelined}. */
  static final int DEPTH = 32;

  private static final Set<NetworkEvent> EVENTS = EnumSet.of(NetworkEvent.READ);

  private final Broker broker;
  private final Broker other;
  private final Broker inPlace;
  private final SharedSocket socket;
  private final SharedSocket inPlaceSocket;

  private ControlLoad(Broker broker, Broker other, Broker inPlace) throws IOException {
    this.broker = broker;
    this.other = other;
    this.inPlace = inPlace;
    socket = broker.socket(Family.INET, SocketType.STREAM);
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

  /** Returns the operations per second and the histogram of their times. */
  String run(String operation, long millis) throws IOException, InterruptedException {
    return switch (operation) {
      case "ping" -> repeat(millis, broker::ping);
      case "set" -> repeat(millis, () -> socket.setOption("TCP_NODELAY", true));
      case "set-async" -> overlap(millis, 1);
      case "register" -> repeat(millis, () -> socket.asyncSelect(EVENTS, event -> {}));
      case "share" -> share(millis);
      case "pipelined" -> overlap(millis, DEPTH);
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private static String repeat(long millis, Call call) throws IOException {
    Histogram nanos = Latency.histogram();
    long begin = System.nanoTime();
    long end = begin + millis * 1_000_000;
    long now = begin;
    while (now < end) {
      call.run();
      long then = System.nanoTime();
      nanos.recordValue(then - now);
      now = then;
    }
    return answer(nanos, now - begin);
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

  private static String answer(Histogram nanos, long time) {
    return nanos.getTotalCount() * 1e9 / time + " " + Latency.encode(nanos);
  }

  @Override
  public void close() {
    broker.close();
    other.close();
    inPlace.close();
  }
}
