package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.core.SessionProxy.Delivery;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.os.BrokerSocket;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.state.SavedDelivery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client's connection on a loop of its own, and the client's end of it. */
final class ConnectionRig implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 30;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();
  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);

  final EpollKernel kernel = new EpollKernel(loop);
  final ConnectionLoop io =
      new ConnectionLoop(
          loop,
          buffers,
          new ReadShares(
              loop, task -> ((SingleThreadIoEventLoop) loop).executeAfterEventLoopIteration(task)),
          Ledger.NONE);
  final ClientConnection connection;
  final KernelSocket peer;

  /** What has happened, in its order. Loop thread only. */
  final List<String> seen = new ArrayList<>();

  /** Whether the first bytes are answered at the end of their turn. Loop thread only. */
  boolean replies;

  ConnectionRig() {
    int[] pair = BrokerSocket.pair();
    connection = call(() -> new ClientConnection(kernel.takeConnection(pair[0]), io));
    peer = call(() -> kernel.takeConnection(pair[1]));
    run(() -> connection.listener(new Recorder()));
  }

  <T> T call(Callable<T> step) {
    try {
      return loop.submit(step).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
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

  /** Waits until the loop has nothing more to do. */
  void settle() {
    for (int i = 0; i < 4; i++) {
      try {
        loop.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | InterruptedException | TimeoutException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** What has happened so far. */
  List<String> seen() {
    settle();
    return call(() -> List.copyOf(seen));
  }

  ByteBuf zeros(int count) {
    return buffers.directBuffer(count).writeZero(count);
  }

  ByteBuf bytes(String text) {
    return buffers.directBuffer(text.length()).writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The client sends. */
  void send(String text) {
    run(() -> sendNow(text));
  }

  /** On the loop. */
  void sendNow(String text) {
    ByteBuf bytes = bytes(text);
    assertThat(peer.send(bytes, null, false)).isEqualTo(text.length());
    bytes.release();
  }

  /** The client receives once. Returns the number of bytes or -errno. */
  int receive(int max) {
    return call(
        () -> {
          ByteBuf into = buffers.directBuffer(max);
          int count = peer.receive(into, max, false, new Arrival());
          into.release();
          return count;
        });
  }

  /** The client receives everything that is there and that follows. Returns how much. */
  long receiveAll() {
    long all = 0;
    for (int count = receive(1 << 20); count > 0; count = receive(1 << 20)) {
      all += count;
      settle();
    }
    return all;
  }

  Delivery delivery(String name) {
    return new Delivery() {
      @Override
      public void done(boolean toKernel) {
        seen.add(name + " " + toKernel);
      }

      @Override
      public SavedDelivery save(Saving saving) {
        throw new AssertionError("these tests save no delivery");
      }
    };
  }

  private final class Recorder implements ClientConnection.Listener {
    @Override
    public void onBytes(ByteBuf bytes) {
      String text = bytes.toString(StandardCharsets.UTF_8);
      bytes.release();
      seen.add(text);
      if (replies) {
        replies = false;
        connection.write(zeros(1), delivery("reply"));
        loop.execute(connection::flush);
      }
      if (text.equals("fail")) {
        throw new IllegalStateException("injected");
      }
    }

    @Override
    public void onWritable() {
      seen.add("writable");
    }

    @Override
    public void onClosed() {
      seen.add("closed");
    }
  }

  /** Also checks that no buffer is left. */
  @Override
  public void close() {
    run(
        () -> {
          connection.close();
          peer.close();
        });
    settle();
    group.shutdownGracefully(0, DEADLINE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    assertThat(buffers.metric().usedDirectMemory()).isZero();
  }
}
