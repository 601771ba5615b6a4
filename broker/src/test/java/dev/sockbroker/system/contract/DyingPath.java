package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.system.Needs;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A listener in a separate network namespace, at the other end of a pair of virtual interfaces that
 * can be taken down. Needs root and iproute2's {@code ip}.
 */
final class DyingPath implements Closeable {
  private static final String NEAR = "198.18.217.1/30";
  private static final String FAR = "198.18.217.2/30";
  private static final int CLONE_NEWNET = 0x4000_0000;

  private static final AtomicInteger COUNT = new AtomicInteger();

  /** A namespace disappears some time after its removal, so each one has a unique name. */
  private final String link = "sbk" + COUNT.incrementAndGet() + "." + ProcessHandle.current().pid();

  private final String namespace = link;
  private final ServerSocketChannel listener;

  DyingPath() throws Exception {
    Needs.that(isRoot(), "a network namespace needs root");
    Needs.programs("ip");
    ip("netns add " + namespace);
    try {
      join();
      listener = listen();
    } catch (Exception | AssertionError e) {
      ip("netns del " + namespace);
      throw e;
    }
  }

  private void join() throws IOException {
    ip("link add " + link + " type veth peer name far netns " + namespace);
    ip("addr add " + NEAR + " dev " + link);
    ip("link set " + link + " up");
    ip("-n " + namespace + " addr add " + FAR + " dev far");
    ip("-n " + namespace + " link set far up");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void ip(String words) throws IOException {
    List<String> command = List.of(("ip " + words).split(" "));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes());
    if (process.onExit().join().exitValue() != 0) {
      throw new AssertionError(command + " failed: " + out);
    }
  }

  /** A thread enters the namespace, creates the socket there, and ends. */
  private ServerSocketChannel listen() throws Exception {
    AtomicReference<ServerSocketChannel> made = new AtomicReference<>();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                enter("/run/netns/" + namespace);
                made.set(ServerSocketChannel.open().bind(new InetSocketAddress("198.18.217.2", 0)));
              } catch (Throwable e) {
                failed.set(e);
              }
            });
    thread.start();
    thread.join();
    if (failed.get() != null) {
      throw new AssertionError("no listener in " + namespace, failed.get());
    }
    return made.get();
  }

  private static void enter(String path) throws Throwable {
    MethodHandle open = call("open", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    MethodHandle setns = call("setns", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    MethodHandle close = call("close", ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) open.invokeExact(arena.allocateFrom(path), 0);
      int entered = (int) setns.invokeExact(fd, CLONE_NEWNET);
      int closed = (int) close.invokeExact(fd);
      if (fd < 0 || entered != 0 || closed != 0) {
        throw new IOException("cannot enter " + path);
      }
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
  }

  Address address() {
    return Address.inet("198.18.217.2", listener.socket().getLocalPort());
  }

  /** From now on nothing arrives, and neither side is told. */
  void dies() throws Exception {
    ip("-n " + namespace + " link set far down");
  }

  @Override
  public void close() throws IOException {
    listener.close();
    ip("netns del " + namespace);
  }
}
