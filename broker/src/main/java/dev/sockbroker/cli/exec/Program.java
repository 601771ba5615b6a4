package dev.sockbroker.cli.exec;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sockbroker.cli.exec.Syscalls.Call;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What this process shall become: a program with its arguments and its environment, each byte as
 * the caller gave it.
 */
public final class Program {
  private static final int SIG_SETMASK = 2;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final int SIGNALS = 64;

  /** struct sigaction as the kernel has it: the handler, flags, (on x86 a restorer,) a mask. */
  private static final int ACTION_BYTES = 32;

  private static final long SIG_IGN = 1;

  private final byte[] file;
  private final List<byte[]> arguments;
  private final Variables environment;

  private Program(byte[] file, List<byte[]> arguments, Variables environment) {
    this.file = file;
    this.arguments = arguments;
    this.environment = environment;
  }

  /**
   * The program that is named by the end of this process's own command line.
   *
   * @param count of arguments, the program's name included
   * @throws ExecException if it cannot be executed; ENOENT: there is none
   */
  public static Program ofLastArguments(int count) throws IOException {
    List<byte[]> arguments = OwnBytes.arguments(count);
    Variables environment = new Variables(OwnBytes.environment());
    Caller.restoreLocale(environment);
    Caller.restoreJavaOptions(environment);
    byte[] file = ProgramFile.find(arguments.getFirst(), environment.get("PATH"));
    return new Program(file, arguments, environment);
  }

  public void setVariable(String name, String value) {
    environment.set(name, value);
  }

  /**
   * As sd_listen_fds(3) has it: so many sockets from fd 3 on, meant for this process. What the
   * caller was told of sockets of its own is not the program's.
   */
  public void listenFds(List<String> names) {
    List.of("LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES")
        .forEach(environment::remove);
    if (!names.isEmpty()) {
      environment.set("LISTEN_PID", Long.toString(Syscalls.call(Call.GETPID, 0)));
      environment.set("LISTEN_FDS", Integer.toString(names.size()));
      environment.set("LISTEN_FDNAMES", String.join(":", names));
    }
  }

  /**
   * Becomes the program, and does not return.
   *
   * @param places the sockets' fds, by the number at which the program shall find them
   * @throws ExecException if it cannot be executed after all
   */
  public void become(Map<Integer, Integer> places) throws IOException {
    Caller caller = Caller.ofThisProcess();
    FdTable table = new FdTable(places);
    MemorySegment path = Syscalls.text(file);
    MemorySegment argv = pointers(arguments);
    MemorySegment envp = pointers(environment.entries());
    MemorySegment script = pointers(asScript());
    MemorySegment shell = Syscalls.text("/bin/sh".getBytes(US_ASCII));
    FdTable.keepOnly(caller.fds());
    restoreSignals(caller);
    table.putInPlace();
    long answer = Syscalls.call(Call.EXECVE, path.address(), argv.address(), envp.address());
    if (answer == -Errno.ENOEXEC) {
      // a script without a first line that says whose it is
      answer = Syscalls.call(Call.EXECVE, shell.address(), script.address(), envp.address());
    }
    table.putBack();
    // what was found a moment ago lacks what its first line, or its ELF header, names
    throw answer == -Errno.ENOENT
        ? ExecException.withoutInterpreter(file)
        : ExecException.ofProgram(file, (int) -answer);
  }

  private List<byte[]> asScript() {
    List<byte[]> line = new ArrayList<>();
    line.add("sh".getBytes(US_ASCII));
    line.add(file);
    line.addAll(arguments.subList(1, arguments.size()));
    return line;
  }

  /** A mask survives execve, and so does that a signal is ignored; handlers do not. */
  private static void restoreSignals(Caller caller) {
    MemorySegment action = Arena.global().allocate(ACTION_BYTES, 8);
    action.set(JAVA_LONG, 0, SIG_IGN);
    for (int signal = 1; signal <= SIGNALS; signal++) {
      if ((caller.ignored() >>> (signal - 1) & 1) == 1) {
        Syscalls.call(Call.RT_SIGACTION, signal, action.address(), 0, SIGNAL_SET_BYTES);
      }
    }
    MemorySegment blocked = Arena.global().allocateFrom(JAVA_LONG, caller.blocked());
    Syscalls.call(Call.RT_SIGPROCMASK, SIG_SETMASK, blocked.address(), 0, SIGNAL_SET_BYTES);
  }

  private static MemorySegment pointers(List<byte[]> texts) {
    MemorySegment pointers = Arena.global().allocate(JAVA_LONG, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      pointers.setAtIndex(JAVA_LONG, i, Syscalls.text(texts.get(i)).address());
    }
    return pointers;
  }
}
