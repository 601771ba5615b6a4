package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import io.netty.channel.IoEventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Accepts for one listener outside the loop. Whoever else has its fd can take a connection between
 * poll(2) and accept(2), and can have made it blocking: then accept(2) waits for the next one, and
 * no system call but io_uring's, which is often forbidden, tells it not to.
 *
 * <p>Its thread works on a duplicate, since a number that is closed may be another file's by the
 * time that it is used. All else is for the loop's thread only.
 */
final class Acceptor {
  private static final int SHUT_RDWR = 2;
  private static final int SHUTDOWN_AGAIN_MILLIS = 10;
  private static final int POLL_EVENTS = 4;

  private final IoEventLoop loop;
  private final ExecutorService threads;
  private final EpollKernel kernel;
  private final int listener;
  private final Arena memory = Arena.ofAuto();
  private final SystemCalls calls = new SystemCalls(memory);
  private final MemorySegment pollFd = memory.allocate(8, 4);
  private int duplicate;
  private boolean working;
  private boolean closed;

  /**
   * @param listener whoever makes this closes it first, and the listener after it
   */
  Acceptor(IoEventLoop loop, ExecutorService threads, EpollKernel kernel, int listener) {
    this.loop = loop;
    this.threads = threads;
    this.kernel = kernel;
    this.listener = listener;
  }

  /**
   * Accepts if a connection waits; one at a time.
   *
   * @param outcome told on the loop when the thread is back: the fd, or -errno; -EAGAIN if this was
   *     closed before
   */
  void accept(IntConsumer outcome) {
    duplicate = kernel.duplicate(listener);
    working = true;
    if (!ThreadStart.attempt(() -> threads.execute(() -> run(outcome)))) {
      loop.execute(() -> onAccepted(-Errno.ENOBUFS, outcome));
    }
  }

  /** On a thread of its own. */
  private void run(IntConsumer outcome) {
    int answer = acceptWaiting();
    if (!loop.isShuttingDown()) {
      // Else the process ends, and all fds with it.
      loop.execute(() -> onAccepted(answer, outcome));
    }
  }

  private int acceptWaiting() {
    int answer;
    do {
      answer =
          isReadable()
              ? calls.accept4(duplicate, Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC)
              : -Errno.EAGAIN;
    } while (answer == -Errno.ECONNABORTED || answer == -Errno.EINTR);
    return answer;
  }

  /** Asked again so late, since another holder wakes up at the same time as the loop did. */
  private boolean isReadable() {
    pollFd.set(JAVA_INT, 0, duplicate);
    pollFd.set(JAVA_SHORT, POLL_EVENTS, (short) KernelSocket.IN);
    return calls.poll(pollFd.address(), 1, 0) != 0;
  }

  private void onAccepted(int answer, IntConsumer outcome) {
    working = false;
    kernel.close(duplicate);
    if (closed && answer >= 0) {
      kernel.close(answer);
    }
    outcome.accept(closed ? -Errno.EAGAIN : answer);
  }

  /**
   * A thread that hangs in accept(2) comes back when the listener is shut down. Whoever has the fd
   * could listen again before it does, so it is shut down until it has come back.
   */
  void close() {
    closed = true;
    if (working) {
      kernel.calls().shutdown(duplicate, SHUT_RDWR);
      loop.schedule(this::close, SHUTDOWN_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
