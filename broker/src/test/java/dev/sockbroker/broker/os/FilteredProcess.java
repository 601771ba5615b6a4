package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.system.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A process in which one system call fails, because of a filter (seccomp(2)), or none. Its program
 * says what {@link HolderProbe} finds out there, and whether anything is left.
 */
final class FilteredProcess {
  private static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));

  static final int MPROTECT = X86 ? 10 : 226;
  static final int CLONE = X86 ? 56 : 220;
  static final int PPOLL = X86 ? 271 : 73;
  static final int PIDFD_OPEN = 434;
  static final int PIDFD_GETFD = 438;

  /** Only calls with any value of the third argument. */
  static final int ANY = -1;

  private static final long SYS_SECCOMP = X86 ? 317 : 277;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int FOR_ALL_THREADS = 1;
  private static final int PR_SET_NO_NEW_PRIVS = 38;

  private static final int SECCOMP_RET_ERRNO = 0x50000;
  private static final int SECCOMP_RET_ALLOW = 0x7fff0000;

  /** Offsets in struct seccomp_data. */
  private static final int NUMBER = 0;

  private static final int THIRD_ARGUMENT = 32;

  /** Instructions of a filter: load a word, jump if equal, return. */
  private static final short LOAD = 0x20;

  private static final short JUMP_IF_EQUAL = 0x15;
  private static final short RETURN = 0x06;

  private FilteredProcess() {}

  /** Returns the answer of {@link HolderProbe#why}, or fails if anything is left there. */
  static String why(int call, int thirdArgument, int errno) throws Exception {
    List<String> line = new ArrayList<>(command());
    for (int argument : new int[] {call, thirdArgument, errno}) {
      line.add(String.valueOf(argument));
    }
    return Program.run(line).orFail().out().strip();
  }

  /** The answer of a process that is the first of its pid namespace. */
  static String whyAsInit() throws Exception {
    List<String> line =
        new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork", "--mount-proc"));
    line.addAll(command());
    return Program.run(line).orFail().out().strip();
  }

  private static List<String> command() {
    return List.of(
        ProcessHandle.current().info().command().orElseThrow(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        FilteredProcess.class.getName());
  }

  public static void main(String[] arguments) throws Throwable {
    // opens and maps what it needs only the first time
    HolderProbe.why();
    if (arguments.length == 0) {
      System.out.println(HolderProbe.why());
      return;
    }
    String before = Leftovers.all();
    forbid(
        Integer.parseInt(arguments[0]),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]));
    System.out.println(HolderProbe.why());
    String after = Leftovers.all();
    if (!after.equals(before)) {
      throw new AssertionError(before + " became " + after);
    }
  }

  private static void forbid(int call, int thirdArgument, int errno) throws Throwable {
    var prctl = CFunction.variadic(1, "prctl");
    var syscall = CFunction.variadic(1, "syscall");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment filter = arena.allocate(6 * 8, 8);
      int last = thirdArgument == ANY ? 1 : 3;
      instruction(filter, 0, LOAD, 0, NUMBER);
      instruction(filter, 1, JUMP_IF_EQUAL, last, call);
      if (thirdArgument != ANY) {
        instruction(filter, 2, LOAD, 0, THIRD_ARGUMENT);
        instruction(filter, 3, JUMP_IF_EQUAL, 1, thirdArgument);
      }
      instruction(filter, last + 1, RETURN, 0, SECCOMP_RET_ERRNO | errno);
      instruction(filter, last + 2, RETURN, 0, SECCOMP_RET_ALLOW);
      MemorySegment program = arena.allocate(16, 8);
      program.set(JAVA_SHORT, 0, (short) (last + 3));
      program.set(JAVA_LONG, 8, filter.address());
      int first = (int) prctl.call(state, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      long second =
          syscall.call(
              state, SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, FOR_ALL_THREADS, program.address());
      if (first != 0 || second != 0) {
        throw new AssertionError("no filter: errno " + CFunction.errno(state));
      }
    }
  }

  /**
   * @param skipped how many instructions a comparison skips if it does not hold
   */
  private static void instruction(
      MemorySegment filter, int index, short code, int skipped, int value) {
    filter.set(JAVA_SHORT, 8L * index, code);
    filter.set(JAVA_BYTE, 8L * index + 3, (byte) skipped);
    filter.set(JAVA_INT, 8L * index + 4, value);
  }
}
