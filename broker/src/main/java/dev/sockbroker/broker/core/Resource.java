package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;

/**
 * What a client can make the broker keep. Each is counted for its session, for its user and for the
 * whole broker, and bounded at all three levels (rule 20).
 */
public enum Resource {
  SESSIONS("sessions", Errno.ENFILE, 4096, Limits.NONE, 12_000, 8),
  /** Rings count as sockets. */
  SOCKETS("sockets", Errno.ENFILE, 65_536, Limits.NONE, 3500, 4),
  DESCRIPTORS("descriptors", Errno.ENFILE, 1_048_576, 16_384, 450, 8),
  TOKENS("tokens", Errno.ENFILE, 65_536, 4096, 700, 16),
  EVENT_OBJECTS("event-objects", Errno.ENFILE, 65_536, 1024, 400, 16),
  /** Operations and waits; a wait for several event objects counts once for each. */
  WAITING("waiting", Errno.ENOBUFS, 1_048_576, 4096, 700, 4),
  /** Sessions that are told what happens. Each thing that happens is work for all of them. */
  WATCHERS("watchers", Errno.ENFILE, 64, Limits.NONE, 200_000, 8),
  /** What is kept for a client until the client, or the kernel, takes it. */
  BUFFERED_BYTES("buffered-bytes", Errno.ENOBUFS, 1 << 30, 16 << 20, 0, 0),
  /** Shared memory, and what is left in it by a client that has gone. */
  RING_BYTES("ring-bytes", Errno.ENOBUFS, 1 << 30, 64 << 20, 0, 0),
  /** All but those of the sessions' connections and processes, for which room is kept. */
  FILE_DESCRIPTORS("file-descriptors", Errno.ENFILE, Limits.NONE, Limits.NONE, 0, 0),
  /** Each accepts from one listener whose raw fd others have, and may hang there. */
  THREADS("threads", Errno.ENOBUFS, 256, 32, 0, 0);

  private final String text;
  private final int brokerErrno;
  private final int brokerDefault;
  private final int sessionDefault;
  private final int heapBytes;
  private final int heapFraction;

  /**
   * @param text its name in limits
   * @param brokerErrno the answer when the broker has no more
   * @param heapBytes what one of it costs, 0 where that is not the heap
   * @param heapFraction all of it together may take this fraction of the heap's budget
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

  /** As people write it: {@code buffered-bytes}. */
  String text() {
    return text;
  }

  int defaultAt(Level level) {
    return switch (level) {
      case BROKER -> brokerDefault;
      case USER -> Limits.HALF;
      case SESSION -> sessionDefault;
    };
  }

  /** What a request beyond the limit is answered. */
  int errnoAt(Level level) {
    return switch (level) {
      case BROKER -> brokerErrno;
      case USER -> Errno.EDQUOT;
      case SESSION -> brokerErrno == Errno.ENFILE ? Errno.EMFILE : brokerErrno;
    };
  }

  /** What one of it costs in the heap, 0 if nothing. */
  int heapBytes() {
    return heapBytes;
  }

  /** How many of it fit into a heap budget, {@link Limits#NONE} if they take no heap. */
  int fitting(long heapBudget) {
    return heapBytes == 0
        ? Limits.NONE
        : (int) Math.min(Limits.NONE, Math.max(1, heapBudget / heapFraction / heapBytes));
  }

  /** Whose use of a resource is bounded. */
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
