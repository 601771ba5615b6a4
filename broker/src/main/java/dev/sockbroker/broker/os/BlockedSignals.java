package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Blocks signals for the current thread until it is closed, so that a new process begins with them
 * blocked. It would run the JVM's handlers otherwise, whose memory it does not have.
 *
 * <p>Signals that the CPU raises are not blocked. The JVM stops its threads at a safepoint by
 * SIGSEGV, and the kernel kills a process that raises a blocked one.
 */
final class BlockedSignals implements AutoCloseable {
  /** A sigset_t of the C library. */
  private static final long SIZE = 128;

  private static final int SIGILL = 4;
  private static final int SIGTRAP = 5;
  private static final int SIGBUS = 7;
  private static final int SIGFPE = 8;
  private static final int SIGSEGV = 11;

  private final CloneCalls calls;

  /**
   * Not an automatic one: the garbage collector could free its memory during the call, and the
   * thread would then block any signals.
   */
  private final Arena arena = Arena.ofConfined();

  private final MemorySegment before = arena.allocate(SIZE, 8);

  BlockedSignals(CloneCalls calls) {
    this.calls = calls;
    MemorySegment blocked = arena.allocate(SIZE, 8).fill((byte) -1);
    long raised = bit(SIGILL) | bit(SIGTRAP) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGSEGV);
    blocked.set(JAVA_LONG, 0, ~raised);
    calls.signalMask(blocked.address(), before.address());
  }

  private static long bit(int signal) {
    return 1L << signal - 1;
  }

  @Override
  public void close() {
    calls.signalMask(before.address(), 0);
    arena.close();
  }
}
