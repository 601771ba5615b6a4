package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.stream.Stream;

/**
 * A function of the C library with up to six arguments, each a number or an address.
 *
 * <p>All functions are linked with the same type, because the JDK generates classes for each type,
 * which takes milliseconds when the broker starts. Linux passes the first six such arguments in
 * registers. A function ignores registers that it does not use, and the upper half of one that
 * contains an int.
 *
 * @param handle of the type long (MemorySegment state, long, long, long, long, long, long)
 */
record CFunction(MethodHandle handle) {
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final String ERRNO = "errno";
  private static final VarHandle ERRNO_FIELD =
      Linker.Option.captureStateLayout()
          .varHandle(MemoryLayout.PathElement.groupElement(ERRNO))
          .withInvokeExactBehavior();

  static CFunction of(String name) {
    return link(name);
  }

  /**
   * A function with variable arguments, which some architectures pass differently.
   *
   * @param first the index of the first one
   */
  static CFunction variadic(int first, String name) {
    return link(name, Linker.Option.firstVariadicArg(first));
  }

  @SuppressWarnings("restricted")
  private static CFunction link(String name, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] all =
        Stream.concat(Stream.of(Linker.Option.captureCallState(ERRNO)), Stream.of(options))
            .toArray(Linker.Option[]::new);
    return new CFunction(
        linker.downcallHandle(linker.defaultLookup().findOrThrow(name), TYPE, all));
  }

  /** The errno that the last call has left. */
  static int errno(MemorySegment state) {
    return (int) ERRNO_FIELD.get(state, 0L);
  }

  long call(MemorySegment state) {
    return call(state, 0, 0, 0, 0, 0, 0);
  }

  long call(MemorySegment state, long a) {
    return call(state, a, 0, 0, 0, 0, 0);
  }

  long call(MemorySegment state, long a, long b) {
    return call(state, a, b, 0, 0, 0, 0);
  }

  long call(MemorySegment state, long a, long b, long c) {
    return call(state, a, b, c, 0, 0, 0);
  }

  long call(MemorySegment state, long a, long b, long c, long d) {
    return call(state, a, b, c, d, 0, 0);
  }

  long call(MemorySegment state, long a, long b, long c, long d, long e) {
    return call(state, a, b, c, d, e, 0);
  }

  /**
   * Calls the function.
   *
   * @param state gets the errno
   * @return what the function returns; the upper half is undefined if that is an int
   */
  long call(MemorySegment state, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) handle.invokeExact(state, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw new AssertionError("a call does not fit its declaration", t);
    }
  }
}
