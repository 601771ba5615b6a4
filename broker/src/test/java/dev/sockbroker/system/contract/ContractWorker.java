package dev.sockbroker.system.contract;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A client process of the broker that the test controls. It opens sessions and relays bytes between
 * them and the test. For the broker it is an ordinary process, and it can be killed.
 *
 * <p>Arguments: the test's socket, the broker's socket, and {@code child} to relay one session and
 * end with it. Otherwise it reads lines: {@code session}, or {@code run COMMAND} for a shell
 * command that inherits its connections.
 */
public final class ContractWorker {
  private static final int BUFFER_BYTES = 1 << 16;

  private final UnixDomainSocketAddress test;
  private final UnixDomainSocketAddress broker;

  private ContractWorker(String test, String broker) {
    this.test = UnixDomainSocketAddress.of(test);
    this.broker = UnixDomainSocketAddress.of(broker);
  }

  /** Ends when its standard input ends, so that it never outlives the suite. */
  public static void main(String[] arguments) throws Throwable {
    ContractWorker worker = new ContractWorker(arguments[0], arguments[1]);
    if (arguments.length > 2) {
      worker.openSession().join();
      return;
    }
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("session")) {
        worker.openSession();
      } else {
        shell(line.substring("run ".length()));
      }
    }
    System.exit(0);
  }

  /** Returns the thread that ends when the broker ends the session. */
  private Thread openSession() throws IOException {
    SocketChannel session = SocketChannel.open(broker);
    SocketChannel relay = SocketChannel.open(test);
    carry(relay, session);
    return carry(session, relay);
  }

  private static Thread carry(SocketChannel from, SocketChannel to) {
    Thread carrier = new Thread(() -> carryAll(from, to));
    carrier.setDaemon(true);
    carrier.start();
    return carrier;
  }

  private static void carryAll(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try (from;
        to) {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } catch (IOException e) {
      // one of the two has ended, so both end, and the other end sees it
    }
  }

  /** Uses system(3), because the JDK closes every descriptor in the processes that it starts. */
  @SuppressWarnings("restricted")
  private static void shell(String command) throws Throwable {
    Linker linker = Linker.nativeLinker();
    var system =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("system"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      int status = (int) system.invokeExact(arena.allocateFrom(command));
      if (status != 0) {
        throw new IllegalStateException(command + " ended with status " + status);
      }
    }
  }
}
