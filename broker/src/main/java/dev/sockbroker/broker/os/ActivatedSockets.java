package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The listener that a service manager opened and passed to the broker, as described in
 * sd_listen_fds(3): {@code LISTEN_PID}, {@code LISTEN_FDS}, {@code LISTEN_FDNAMES}.
 */
public final class ActivatedSockets {
  /** SD_LISTEN_FDS_START. */
  private static final int FIRST_FD = 3;

  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;

  private final SystemCalls calls = new SystemCalls();

  private ActivatedSockets() {}

  /**
   * @param environment of this process
   * @return the listener for clients, non-blocking and close-on-exec; empty if this process was
   *     passed none
   * @throws IOException if the passed fd is not a single listening Unix stream socket; the message
   *     tells the user what it is
   */
  public static OptionalInt fromEnvironment(Map<String, String> environment) throws IOException {
    return fromEnvironment(environment, FIRST_FD);
  }

  /** For tests, in which the JVM itself uses descriptor 3. */
  static OptionalInt fromEnvironment(Map<String, String> environment, int firstFd)
      throws IOException {
    String pid = environment.get("LISTEN_PID");
    String count = environment.get("LISTEN_FDS");
    // The variables were inherited and belong to another process.
    if (count == null || !Long.toString(ProcessHandle.current().pid()).equals(pid)) {
      return OptionalInt.empty();
    }
    if (!count.equals("1")) {
      throw new IOException(
          "LISTEN_FDS=%s, LISTEN_FDNAMES=%s (expected: one socket, listening on a Unix path)"
              .formatted(count, environment.get("LISTEN_FDNAMES")));
    }
    return OptionalInt.of(new ActivatedSockets().adopt(firstFd, name(environment)));
  }

  /** Returns the address of an adopted listener: its path, or @ and its abstract name. */
  public static String address(int fd) {
    SystemCalls calls = new SystemCalls();
    SocketAddresses addresses = new SocketAddresses(new NetworkInterfaces(calls));
    int answer = calls.getsockname(fd, addresses.memory(), addresses.lengthMemory());
    if (answer < 0) {
      throw RefusedException.ofCall(
          answer, "ask for the address of the socket that was handed over");
    }
    return addresses.read().path();
  }

  private static String name(Map<String, String> environment) throws IOException {
    // An empty value is one name. By default systemd uses the name of the socket unit
    // (FileDescriptorName=).
    String names = environment.getOrDefault("LISTEN_FDNAMES", "unknown");
    if (List.of(names.split(":", -1)).size() != 1) {
      throw new IOException("LISTEN_FDNAMES=%s does not belong to LISTEN_FDS=1".formatted(names));
    }
    return names;
  }

  private int adopt(int fd, String name) throws IOException {
    int flags = calls.fcntl(fd, F_GETFL, 0);
    if (flags < 0) {
      throw unusable(fd, name, "is not open");
    }
    if (option(fd, SO_DOMAIN) != AF_UNIX || option(fd, SO_TYPE) != SOCK_STREAM) {
      throw unusable(fd, name, "is not a Unix stream socket");
    }
    if (option(fd, SO_ACCEPTCONN) != 1) {
      throw unusable(fd, name, "does not listen");
    }
    // The fd is passed blocking and inheritable. The loop would hang in accept, and a child process
    // would keep it open.
    require(calls.fcntl(fd, F_SETFL, flags | O_NONBLOCK), fd, name);
    require(calls.fcntl(fd, F_SETFD, FD_CLOEXEC), fd, name);
    return fd;
  }

  /** Returns the option's value, or -errno; -ENOTSOCK if the fd is not a socket. */
  private int option(int fd, int number) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
      int result = calls.getsockopt(fd, SOL_SOCKET, number, value.address(), length.address());
      return result < 0 ? result : value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  private static void require(int result, int fd, String name) throws IOException {
    if (result < 0) {
      throw unusable(fd, name, "cannot be adopted: errno " + -result);
    }
  }

  private static IOException unusable(int fd, String name, String why) {
    return new IOException(
        "the socket handed over as descriptor %d (%s) %s; give the broker one ListenStream= path"
            .formatted(fd, name, why));
  }
}
