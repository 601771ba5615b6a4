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
 * The program that this process becomes, with its arguments and environment, byte for byte as the
 * caller gave them.
 */
public final class Program {
  private static final int SIG_SETMASK = 2;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final int SIGNALS = 64;

  /** The kernel's struct sigaction: handler, flags, (restorer on x86,) mask. */
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
   * The program that the end of this process's command line names.
   *
   * @param count the number of arguments, including the program's name
   * @throws ExecException if it cannot be executed; ENOENT if it does not exist
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
   * Sets the variables of sd_listen_fds(3): the number of sockets from fd 3 on, and this process's
   * pid. The values that the caller received for its own sockets are removed.
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
   * Becomes the program. Does not return.
   *
   * @param places the fds of the sockets by the fd number that the program expects
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
      // a script without an interpreter line
      answer = Syscalls.call(Call.EXECVE, shell.address(), script.address(), envp.address());
    }
    table.putBack();
    // the file was found before, so its interpreter (#! line or ELF header) is missing
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

  /** The signal mask and ignored signals survive execve. Handlers do not. */
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
