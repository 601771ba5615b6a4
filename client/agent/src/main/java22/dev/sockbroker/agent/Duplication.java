package dev.sockbroker.agent;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** By dup3(2): the number stays, so whoever knows it uses the new file. */
final class Duplication implements FdReplacement {
  private static final int O_CLOEXEC = 0x80000;
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private final MethodHandle dup3 = link();

  @SuppressWarnings("restricted")
  private static MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find("dup3").orElseThrow(),
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
        Linker.Option.captureCallState("errno"));
  }

  @Override
  public void replace(FileDescriptor fd, int by) throws IOException {
    int number = Jdk.number(fd);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      if (Jdk.call(() -> (int) dup3.invokeExact(state, by, number, O_CLOEXEC)) < 0) {
        throw new IOException("dup3: errno " + (int) ERRNO.get(state, 0L));
      }
    }
  }
}
