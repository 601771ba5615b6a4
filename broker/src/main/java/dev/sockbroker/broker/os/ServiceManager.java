package dev.sockbroker.broker.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that started the broker how it is, as sd_notify(3) has it: one datagram
 * a message to the socket named by {@code NOTIFY_SOCKET}. Without that variable every call does
 * nothing.
 *
 * <p>The broker works on when the manager cannot be reached; that is logged. Any thread.
 */
public final class ServiceManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** A lost READY is a start that failed, so it may wait; a manager that hangs must not hang us. */
  private static final long SEND_TIMEOUT_SECONDS = 5;

  private final SystemCalls calls = new SystemCalls();
  private final UnixAddress manager;
  private final int fd;
  private final long watchdogMicros;
  private boolean unreachable;

  private ServiceManager(UnixAddress manager, long watchdogMicros) {
    this.manager = manager;
    this.fd = manager == null ? -1 : open();
    this.watchdogMicros = manager == null ? 0 : watchdogMicros;
  }

  /**
   * @param environment of this process: {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC}, {@code
   *     WATCHDOG_PID}
   */
  public static ServiceManager fromEnvironment(Map<String, String> environment) {
    return new ServiceManager(address(environment.get("NOTIFY_SOCKET")), watchdogTime(environment));
  }

  /**
   * The broker takes clients from now on.
   *
   * @param status one line for people; {@code systemctl status} shows it
   */
  public void ready(String status) {
    send("READY=1\nSTATUS=%s\nMAINPID=%d".formatted(status.replace('\n', ' '), ownPid()), 0);
  }

  /** The broker is about to end. */
  public void stopping() {
    send("STOPPING=1", 0);
  }

  /**
   * After how many microseconds without {@link #watchdog} the manager takes the broker for hung; to
   * be called twice in that time. 0 if nobody watches.
   */
  public long watchdogMicros() {
    return watchdogMicros;
  }

  /** The event loop still turns. Never waits, because it is called there. */
  public void watchdog() {
    send("WATCHDOG=1", MSG_DONTWAIT);
  }

  @Override
  public void close() {
    if (fd >= 0) {
      calls.close(fd);
    }
  }

  private synchronized void send(String message, int flags) {
    if (fd < 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_BYTE, manager.bytes());
      long sent =
          calls.sendto(
              fd,
              text.address(),
              bytes.length,
              flags | MSG_NOSIGNAL,
              to.address(),
              manager.bytes().length);
      report(message, sent);
    }
  }

  /** Once for a silence, however long: the watchdog would repeat it for ever. */
  private void report(String message, long sent) {
    if (sent < 0 && !unreachable) {
      LOG.warn("the service manager was not told {}: errno {}", firstLine(message), -sent);
    }
    unreachable = sent < 0;
  }

  /** Opened once, for life: at the limit of open files the watchdog must still be heard. */
  private int open() {
    int socket = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
      LOG.warn("the service manager will not be told anything: socket: errno {}", -socket);
      return -1;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timeout =
          arena.allocateFrom(ValueLayout.JAVA_LONG, SEND_TIMEOUT_SECONDS, /* microseconds */ 0);
      calls.setsockopt(
          socket, SOL_SOCKET, SO_SNDTIMEO, timeout.address(), (int) timeout.byteSize());
    }
    return socket;
  }

  private static UnixAddress address(String path) {
    if (path == null || path.isEmpty()) {
      return null;
    }
    try {
      return UnixAddress.of(path);
    } catch (IllegalArgumentException e) {
      LOG.warn("NOTIFY_SOCKET is not used: {}", e.getMessage());
      return null;
    }
  }

  private static long watchdogTime(Map<String, String> environment) {
    String micros = environment.get("WATCHDOG_USEC");
    String pid = environment.get("WATCHDOG_PID");
    if (micros == null || pid != null && !pid.equals(Long.toString(ownPid()))) {
      return 0;
    }
    try {
      return Math.max(0, Long.parseLong(micros));
    } catch (NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC is not used: {} is not a number of microseconds", micros);
      return 0;
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElseThrow();
  }

  private static long ownPid() {
    return ProcessHandle.current().pid();
  }

  /** A sockaddr_un (unix(7)), as long as it counts. */
  private record UnixAddress(byte[] bytes) {
    /** sizeof sun_path. */
    private static final int PATH_MAX = 108;

    /** A path, or the name of an abstract address behind an @. */
    static UnixAddress of(String text) {
      byte[] path = text.getBytes(StandardCharsets.UTF_8);
      boolean isAbstract = path[0] == '@';
      if (!isAbstract && path[0] != '/') {
        throw new IllegalArgumentException(text + " (expected: /path or @name)");
      }
      // The kernel counts every byte of an abstract name, and a path with its NUL.
      int length = isAbstract ? path.length : path.length + 1;
      if (length > PATH_MAX) {
        throw new IllegalArgumentException(text + " is too long for a Unix address");
      }
      byte[] address = new byte[Short.BYTES + length];
      MemorySegment.ofArray(address).set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
      System.arraycopy(path, 0, address, Short.BYTES, path.length);
      if (isAbstract) {
        address[Short.BYTES] = 0;
      }
      return new UnixAddress(address);
    }
  }
}
