package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A kernel on its own event loop. Tests run their steps on the loop's thread with {@link #call}.
 * The sockets that they open here are closed with it.
 */
final class KernelLoop implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final AtomicLong NAMES = new AtomicLong();

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();
  private final List<KernelSocket> opened = new ArrayList<>();
  private final Arrival arrival = new Arrival();
  final EpollKernel kernel = call(() -> new EpollKernel(loop));

  /** A connected pair and the listener that it came from. */
  record Pair(KernelSocket listener, KernelSocket client, KernelSocket server) {}

  /** Runs the step on the loop. Rethrows its exceptions here. */
  <T> T call(Callable<T> step) {
    try {
      return loop.submit(step).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException unchecked -> throw unchecked;
        case Error error -> throw error;
        default -> throw new AssertionError(e.getCause());
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void run(Runnable step) {
    call(
        () -> {
          step.run();
          return null;
        });
  }

  /** Waits until the step, run on the loop, returns a non-null value. */
  <T> T eventually(Callable<T> step) {
    AtomicReference<T> answer = new AtomicReference<>();
    await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              answer.set(call(step));
              return answer.get() != null;
            });
    return answer.get();
  }

  void eventuallyTrue(Callable<Boolean> condition) {
    eventually(() -> condition.call() ? true : null);
  }

  void awaitReadable(KernelSocket socket) {
    eventuallyTrue(() -> (socket.poll() & KernelSocket.IN) != 0);
  }

  KernelSocket open(Family family, SocketType type) {
    KernelSocket socket = call(() -> kernel.open(family, type, 0));
    opened.add(socket);
    return socket;
  }

  static Address anyLoopback(Family family) {
    return switch (family) {
      case INET -> Address.inet("127.0.0.1", 0);
      case INET6 -> Address.inet("::1", 0);
      case UNIX ->
          Address.unix("@os-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet());
    };
  }

  KernelSocket bound(Family family, SocketType type) {
    KernelSocket socket = open(family, type);
    run(() -> socket.bind(anyLoopback(family)));
    return socket;
  }

  KernelSocket listener(Family family) {
    KernelSocket listener = bound(family, SocketType.STREAM);
    run(() -> listener.listen(16));
    return listener;
  }

  Pair pair(Family family) {
    KernelSocket listener = listener(family);
    KernelSocket client = open(family, SocketType.STREAM);
    int answer = call(() -> client.connect(listener.localAddress()));
    assertThat(answer).isIn(0, -Errno.EINPROGRESS);
    KernelSocket server = eventually(listener::accept);
    opened.add(server);
    if (answer != 0) {
      assertThat(call(client::finishConnect)).isZero();
    }
    return new Pair(listener, client, server);
  }

  /** Memory that the garbage collector frees, so tests need not release it. */
  static ByteBuf buffer(int room) {
    return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Math.max(1, room))).clear();
  }

  static ByteBuf bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return buffer(bytes.length).writeBytes(bytes);
  }

  /** The number of bytes taken, or -errno. */
  int send(KernelSocket socket, String text) {
    return call(() -> socket.send(bytes(text), null, false));
  }

  /** The result of a receive: the text, or the name of the errno. */
  String receive(KernelSocket socket, int length) {
    return receive(socket, length, false);
  }

  String receive(KernelSocket socket, int length, boolean peek) {
    return call(
        () -> {
          ByteBuf into = buffer(length);
          int count = socket.receive(into, length, peek, arrival);
          assertThat(into.readableBytes()).isEqualTo(Math.max(0, count));
          return count < 0 ? Errno.name(-count) : into.toString(StandardCharsets.UTF_8);
        });
  }

  /** The other results of the last {@link #receive}. */
  Arrival arrival() {
    return arrival;
  }

  /** The number of open descriptors of this process. */
  static int openDescriptors() {
    return new File("/proc/self/fd").list().length;
  }

  @Override
  public void close() {
    run(() -> opened.forEach(KernelSocket::close));
    group.shutdownGracefully(0, DEADLINE.toSeconds(), TimeUnit.SECONDS).syncUninterruptibly();
  }
}
