package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;

/**
 * Resources of the broker that a client can use. Each is counted for the session, for the user and
 * for the whole broker, and has a limit at all three levels (rule 20).
 */
public enum Resource {
  SESSIONS("sessions", Errno.ENFILE, 4096, Limits.NONE, 12_000, 8),
  /** Rings count as sockets. */
  SOCKETS("sockets", Errno.ENFILE, 65_536, Limits.NONE, 3500, 4),
  DESCRIPTORS("descriptors", Errno.ENFILE, 1_048_576, 16_384, 450, 8),
  TOKENS("tokens", Errno.ENFILE, 65_536, 4096, 700, 16),
  EVENT_OBJECTS("event-objects", Errno.ENFILE, 65_536, 1024, 400, 16),
  /** Waiting operations. A wait for several event objects counts once for each object. */
  WAITING("waiting", Errno.ENOBUFS, 1_048_576, 4096, 700, 4),
  /** Sessions that watch the broker. Each happening causes work for all of them. */
  WATCHERS("watchers", Errno.ENFILE, 64, Limits.NONE, 200_000, 8),
  /** Data that is kept for a client until the client or the kernel takes it. */
  BUFFERED_BYTES("buffered-bytes", Errno.ENOBUFS, 1 << 30, 16 << 20, 0, 0),
  /** Shared memory, and the bytes that a client has left in it. */
  RING_BYTES("ring-bytes", Errno.ENOBUFS, 1 << 30, 64 << 20, 0, 0),
  /** Bytes that the broker has received from or for a stream but cannot deliver yet. */
  STREAM_BYTES("stream-bytes", Errno.ENOBUFS, 256 << 20, 16 << 20, 0, 0),
  /** All fds except those of the sessions' connections and processes, which are reserved. */
  FILE_DESCRIPTORS("file-descriptors", Errno.ENFILE, Limits.NONE, Limits.NONE, 0, 0),
  /**
   * Threads that may block: each accepts from one listener with an exported raw fd, or looks up one
   * host name.
   */
  THREADS("threads", Errno.ENOBUFS, 256, 32, 0, 0);

  private final String text;
  private final int brokerErrno;
  private final int brokerDefault;
  private final int sessionDefault;
  private final int heapBytes;
  private final int heapFraction;

  /**
   * @param text its name in limits
   * @param brokerErrno the errno when the limit of the broker is reached
   * @param heapBytes the heap size of one unit, 0 if it does not use the heap
   * @param heapFraction all units together may use one part in this many of the heap budget
   */
  Resource(
      String text,
      int brokerErrno,
      int brokerDefault,
      int sessionDefault,
      int heapBytes,
      int heapFraction) {
    this.text = text;
    this.brokerErrno = brokerErrno;
    this.brokerDefault = brokerDefault;
    this.sessionDefault = sessionDefault;
    this.heapBytes = heapBytes;
    this.heapFraction = heapFraction;
  }

  /** The name in options and messages: {@code buffered-bytes}. */
  public String text() {
    return text;
  }

  int defaultAt(Level level) {
    return switch (level) {
      case BROKER -> brokerDefault;
      case USER -> Limits.HALF;
      case SESSION -> sessionDefault;
    };
  }

  /** Returns the errno for a request beyond the limit of a level. */
  int errnoAt(Level level) {
    return switch (level) {
      case BROKER -> brokerErrno;
      case USER -> Errno.EDQUOT;
      case SESSION -> brokerErrno == Errno.ENFILE ? Errno.EMFILE : brokerErrno;
    };
  }

  /** The heap size of one unit, or 0. */
  int heapBytes() {
    return heapBytes;
  }

  /** Returns how many units fit into a heap budget, {@link Limits#NONE} if they use no heap. */
  int fitting(long heapBudget) {
    return heapBytes == 0
        ? Limits.NONE
        : (int) Math.min(Limits.NONE, Math.max(1, heapBudget / heapFraction / heapBytes));
  }

  /** The levels at which the use of a resource is limited. */
  public enum Level {
    SESSION("session-"),
    USER("user-"),
    BROKER("");

    private final String prefix;

    Level(String prefix) {
      this.prefix = prefix;
    }

    String nameOf(Resource resource) {
      return prefix + resource.text;
    }
  }
}
