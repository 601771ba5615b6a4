package dev.sockbroker.broker.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Interrupts the system call of another thread with the signal that the JDK uses for that. Its
 * handler does nothing, so the call fails with EINTR.
 */
final class ThreadSignal {
  /** SIGRTMAX - 2, INTERRUPT_SIGNAL of the JDK. */
  private static final int SIGNAL = 62;

  private static final CFunction GETTID = CFunction.of("gettid");
  private static final CFunction TGKILL = CFunction.of("tgkill");

  private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
  private final int process = (int) ProcessHandle.current().pid();

  private ThreadSignal() {}

  /**
   * Makes sure that the JDK handles the signal, which would end the process otherwise.
   *
   * @throws IOException if this JDK does not handle it
   */
  static ThreadSignal prepare() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().close();
    pipe.sink().close();
    if (!isHandled()) {
      throw new IOException("this JVM cannot interrupt a thread that accepts connections");
    }
    return new ThreadSignal();
  }

  /** Looks for the signal in the mask of proc_pid_status(5). */
  private static boolean isHandled() throws IOException {
    String caught =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigCgt:"))
            .findFirst()
            .orElseThrow();
    long mask = Long.parseUnsignedLong(caught.substring("SigCgt:".length()).strip(), 16);
    return (mask & 1L << SIGNAL - 1) != 0;
  }

  /** Returns the kernel's id of the current thread. */
  static int ownThread() {
    try (Arena arena = Arena.ofConfined()) {
      return (int) GETTID.call(arena.allocate(Linker.Option.captureStateLayout()));
    }
  }

  /** Interrupts a thread of this process. One that has ended is not an error. */
  void interrupt(int thread) {
    int ignored = (int) TGKILL.call(state, process, thread, SIGNAL);
    assert ignored <= 0;
  }
}
