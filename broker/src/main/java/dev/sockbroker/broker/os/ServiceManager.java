package dev.sockbroker.broker.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the broker's state to the service manager as described in sd_notify(3). Each message is
 * one datagram to the socket in {@code NOTIFY_SOCKET}. Without that variable all methods do
 * nothing.
 *
 * <p>If the manager cannot be reached, that is logged and the broker continues. Any thread.
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

  /**
   * A start fails if READY is lost, so sending may wait. But a hanging manager must not hang the
   * broker.
   */
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
   * Reports that the broker accepts clients.
   *
   * @param status one line for people; {@code systemctl status} shows it
   */
  public void ready(String status) {
    send("READY=1\nSTATUS=%s\nMAINPID=%d".formatted(status.replace('\n', ' '), ownPid()), 0);
  }

  /** Reports that another process is the broker from now on. The caller must end. */
  public void succeededBy(long pid) {
    send("MAINPID=" + pid, 0);
  }

  /** Reports that the broker is stopping. */
  public void stopping() {
    send("STOPPING=1", 0);
  }

  /**
   * Returns the watchdog interval in microseconds, or 0 without a watchdog. After one interval
   * without {@link #watchdog} the manager considers the broker hung, so it should be called twice
   * per interval.
   */
  public long watchdogMicros() {
    return watchdogMicros;
  }

  /** Reports that the event loop is running. Never waits, because it is called on the loop. */
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

  /**
   * Logs only the first failure in a row, because the watchdog would repeat the message forever.
   */
  private void report(String message, long sent) {
    if (sent < 0 && !unreachable) {
      LOG.warn("the service manager could not be told {}: errno {}", firstLine(message), -sent);
    }
    unreachable = sent < 0;
  }

  /**
   * Opens the socket once and keeps it, so that the watchdog works even at the limit of open files.
   */
  private int open() {
    int socket = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
      LOG.warn("the service manager cannot be notified: socket: errno {}", -socket);
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

  /** A sockaddr_un (unix(7)) without unused bytes at its end. */
  private record UnixAddress(byte[] bytes) {
    /** sizeof sun_path. */
    private static final int PATH_MAX = 108;

    /** Parses a path, or @ and an abstract name. */
    static UnixAddress of(String text) {
      byte[] path = text.getBytes(StandardCharsets.UTF_8);
      boolean isAbstract = path[0] == '@';
      if (!isAbstract && path[0] != '/') {
        throw new IllegalArgumentException(text + " (expected: /path or @name)");
      }
      // Every byte of an abstract name is significant. The length of a path includes its NUL.
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
