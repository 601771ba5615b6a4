package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import io.netty.channel.IoEventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Accepts for one listener outside the loop. Another holder of the fd can take a connection between
 * poll(2) and accept(2), and can have made the fd blocking. Then accept(2) waits for the next
 * connection. Only io_uring could prevent that, and it is often forbidden.
 *
 * <p>The thread uses a duplicate of the fd, because the number of a closed fd may already belong to
 * another file. Everything else is for the loop thread only.
 */
final class Acceptor {
  /** The outcome if no thread can be started. No errno is as large. */
  static final int NO_THREAD = -(1 << 16);

  private static final int SHUT_RDWR = 2;
  private static final int SHUTDOWN_AGAIN_MILLIS = 10;
  private static final int POLL_EVENTS = 4;

  private final IoEventLoop loop;
  private final AcceptThreads threads;
  private final EpollKernel kernel;
  private final int listener;
  private final Arena memory = Arena.ofAuto();
  private final SystemCalls calls = new SystemCalls(memory);
  private final MemorySegment pollFd = memory.allocate(8, 4);
  private int duplicate;
  private boolean working;
  private boolean closed;

  /**
   * @param listener the fd of the listener. The creator closes this object first and then the
   *     listener
   */
  Acceptor(IoEventLoop loop, AcceptThreads threads, EpollKernel kernel, int listener) {
    this.loop = loop;
    this.threads = threads;
    this.kernel = kernel;
    this.listener = listener;
  }

  /**
   * Accepts if a connection waits. Only one call at a time.
   *
   * @param outcome called on the loop when the thread has returned, with the fd or -errno; -EAGAIN
   *     if this object was closed first, and {@link #NO_THREAD}
   * @return false if no thread may start now
   */
  boolean accept(IntConsumer outcome) {
    if (threads.areStopping()) {
      return false;
    }
    duplicate = kernel.duplicate(listener);
    working = true;
    threads.start(() -> run(outcome), () -> loop.execute(() -> onAccepted(NO_THREAD, outcome)));
    return true;
  }

  /** Runs on the separate thread. */
  private void run(IntConsumer outcome) {
    int answer = acceptWaiting();
    if (!loop.isShuttingDown()) {
      // If the loop has ended, so does the process, which closes all fds.
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
    } while (answer == -Errno.ECONNABORTED || answer == -Errno.EINTR && !threads.areStopping());
    return answer == -Errno.EINTR ? -Errno.EAGAIN : answer;
  }

  /**
   * Polls again just before accept(2), because another holder wakes up at the same time as the
   * loop.
   */
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
   * Ends accepting. A thread that is blocked in accept(2) returns when the listener is shut down.
   * Another holder of the fd could listen again before that, so the shutdown is repeated until the
   * thread has returned.
   */
  void close() {
    closed = true;
    if (working) {
      kernel.calls().shutdown(duplicate, SHUT_RDWR);
      loop.schedule(this::close, SHUTDOWN_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
