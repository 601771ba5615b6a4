package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.locks.LockSupport;

/**
 * A process with a holder, which a test kills. It has a listener, a memfd and an eventfd, which it
 * opens after it has started the holder. A thread allocates all the time.
 */
final class HeldBroker {
  static final String CONTENT = "in memory";
  static final long COUNT = 7;

  private static final int SO_REUSEADDR = 2;

  private static final CFunction WRITE = CFunction.of("write");

  private static volatile Object garbage;

  private final Process process;
  private final BufferedReader lines;
  private final long[] values;

  HeldBroker(Duration grace) throws IOException {
    String java = ProcessHandle.current().info().command().orElseThrow();
    List<String> line =
        List.of(
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            HeldBroker.class.getName(),
            String.valueOf(grace.toMillis()));
    process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    lines = process.inputReader();
    values = Arrays.stream(lines.readLine().split(" ")).mapToLong(Long::parseLong).toArray();
  }

  int port() {
    return (int) values[0];
  }

  int listener() {
    return (int) values[1];
  }

  int memory() {
    return (int) values[2];
  }

  int event() {
    return (int) values[3];
  }

  int holder() {
    return (int) values[4];
  }

  long startTicks() {
    return values[5];
  }

  HeldFiles files() throws IOException {
    return HeldFiles.of(holder(), startTicks());
  }

  /** Accepts a connection and returns its number. */
  int accept() throws IOException {
    return command("accept");
  }

  void closeFile(int number) throws IOException {
    command("close " + number);
  }

  void endHolder() throws IOException {
    command("end");
  }

  private int command(String command) throws IOException {
    process.outputWriter().write(command + "\n");
    process.outputWriter().flush();
    return Integer.parseInt(lines.readLine());
  }

  /** Kills the process, and the holder if it still exists. */
  void end() throws InterruptedException {
    kill();
    try (HeldFiles files = files()) {
      files.end();
    } catch (IOException e) {
      // It has ended.
      return;
    }
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public static void main(String[] arguments) throws Throwable {
    allocate();
    SystemCalls calls = new SystemCalls();
    Holder holder = Holder.start(Duration.ofMillis(Long.parseLong(arguments[0])));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(16, 4);
      address.set(JAVA_SHORT, 0, (short) Linux.AF_INET);
      address.set(JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 4, 0x7f000001);
      int listener = calls.socket(Linux.AF_INET, Linux.SOCK_STREAM, 0);
      MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
      calls.setsockopt(listener, Linux.SOL_SOCKET, SO_REUSEADDR, on.address(), Integer.BYTES);
      calls.bind(listener, address.address(), 16);
      calls.listen(listener, 10);
      MemorySegment length = arena.allocateFrom(JAVA_INT, 16);
      calls.getsockname(listener, address.address(), length.address());
      int port = address.get(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2) & 0xffff;

      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemoryCalls memoryCalls = new MemoryCalls();
      int memory = SealedMemory.create(memoryCalls, calls, "test", 4096);
      MemorySegment bytes = SealedMemory.map(memory, 4096, arena);
      bytes.setString(0, CONTENT, StandardCharsets.UTF_8);
      int event = memoryCalls.eventfd();
      MemorySegment count = arena.allocateFrom(JAVA_LONG, COUNT);
      long written = WRITE.call(state, event, count.address(), count.byteSize());
      System.out.printf(
          "%d %d %d %d %d %d %d%n",
          port, listener, memory, event, holder.pid(), holder.startTicks(), written);
      serve(calls, listener, holder);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void serve(SystemCalls calls, int listener, Holder holder) {
    Scanner commands = new Scanner(System.in, StandardCharsets.UTF_8);
    while (commands.hasNext()) {
      switch (commands.next()) {
        case "accept" -> System.out.println(calls.accept4(listener, Linux.SOCK_CLOEXEC));
        case "close" -> System.out.println(calls.close(commands.nextInt()));
        case "end" -> {
          holder.end();
          System.out.println(0);
        }
        default -> throw new IllegalArgumentException();
      }
    }
  }

  /** Fills the heap again and again on a thread. */
  private static void allocate() {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              byte[][] live = new byte[32][];
              for (int i = 0; ; i++) {
                live[i % live.length] = new byte[i % 100 == 0 ? 1 << 20 : 1000];
                garbage = live;
                LockSupport.parkNanos(1);
              }
            });
  }
}
