package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The limits of everything that clients can create (rule 20), by name: {@code sockets} for the
 * broker, {@code user-sockets} for one user, {@code session-descriptors} for one session.
 */
public final class Limits {
  /** The stack size of a thread. */
  private static final int STACK_BYTES = 1 << 20;

  /** Clients get this fraction of the threads that the user of this process may have. */
  private static final int THREADS_FRACTION = 8;

  /** No limit: larger than any count. */
  static final int NONE = Integer.MAX_VALUE;

  /** A user's share that is not configured: half of the broker's limit. */
  static final int HALF = 0;

  private static final String FRAME_BYTES = "frame-bytes";
  private static final String STREAM_PREFETCH_BYTES = "stream-prefetch-bytes";
  private static final String TOKEN_EXPIRY_SECONDS = "token-expiry-seconds";

  /** The minimum size of a frame, which must hold a datagram or a page of the list. */
  public static final int FRAME_BYTES_MIN = 65_536;

  /** The least that a stream's connection can hold. The kernel has a minimum of its own. */
  public static final int STREAM_PREFETCH_BYTES_MIN = 8192;

  /** Additional sessions for administrators when all others are in use. */
  private static final int ADMINISTRATORS = 8;

  /** This fraction of each limit is reserved for root and the broker's own user. */
  private static final int RESERVED_FRACTION = 16;

  /** How much unread output a session may have without a charge. */
  public static final int UNREAD_FREE_BYTES = 16 << 10;

  /** The default limits. */
  public static final Limits DEFAULT = new Limits(defaults(), NONE);

  private final Map<String, Integer> values;

  /** How many fds clients may cause, independent of the configured limits. */
  private final int openFiles;

  private Limits(Map<String, Integer> values, int openFiles) {
    this.values = values;
    this.openFiles = openFiles;
  }

  private static Map<String, Integer> defaults() {
    Map<String, Integer> defaults = new LinkedHashMap<>();
    for (Level level : List.of(Level.BROKER, Level.USER, Level.SESSION)) {
      for (Resource resource : Resource.values()) {
        if (level != Level.SESSION || resource.defaultAt(level) != NONE) {
          defaults.put(level.nameOf(resource), resource.defaultAt(level));
        }
      }
    }
    defaults.put(FRAME_BYTES, 1 << 20);
    defaults.put(STREAM_PREFETCH_BYTES, 64 << 10);
    defaults.put(TOKEN_EXPIRY_SECONDS, 86_400);
    return defaults;
  }

  /** All names, in the order in which they are shown. */
  public static Set<String> names() {
    return DEFAULT.values.keySet();
  }

  /**
   * Returns a copy with one limit changed.
   *
   * @throws IllegalArgumentException for an unknown name, or a number that is too small
   */
  public Limits with(String name, int number) {
    int least = least(name);
    if (!values.containsKey(name)) {
      throw new IllegalArgumentException(name + " (expected: one of " + names() + ")");
    } else if (number < least) {
      throw new IllegalArgumentException(
          name + "=" + number + " (expected: " + least + " or more)");
    }
    Map<String, Integer> changed = new LinkedHashMap<>(values);
    changed.put(name, number);
    return new Limits(changed, openFiles);
  }

  private static int least(String name) {
    return switch (name) {
      case FRAME_BYTES -> FRAME_BYTES_MIN;
      case STREAM_PREFETCH_BYTES -> STREAM_PREFETCH_BYTES_MIN;
      default -> 1;
    };
  }

  /** Returns the names of the limits that are lower than in {@code others}. */
  public List<String> lowerThan(Limits others) {
    return names().stream().filter(name -> of(name) < others.of(name)).toList();
  }

  /** Returns all limits by name. */
  public Map<String, Integer> all() {
    return Map.copyOf(values);
  }

  /** Returns the limit with one of the {@link #names}. */
  public int of(String name) {
    return values.get(name);
  }

  /** Describes all limits for people, one per line. */
  public String describe() {
    return values.entrySet().stream()
        .map(it -> it.getKey() + " " + (it.getValue() == HALF ? "half" : it.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  private Limits lowered(Resource resource, long most) {
    String name = Level.BROKER.nameOf(resource);
    return values.get(name) <= most ? this : with(name, (int) Math.max(1, most));
  }

  /** Returns the limit of a resource at a level, {@link #NONE} for no limit. */
  public int of(Level level, Resource resource) {
    int value = values.getOrDefault(level.nameOf(resource), NONE);
    if (level == Level.BROKER && resource == Resource.FILE_DESCRIPTORS) {
      return Math.min(value, openFiles);
    }
    return level == Level.USER && value == HALF ? half(of(Level.BROKER, resource)) : value;
  }

  private static int half(int broker) {
    return Math.max(1, broker / 2);
  }

  /** Returns the limit of a resource for the whole broker. */
  public int of(Resource resource) {
    return of(Level.BROKER, resource);
  }

  /** Returns the part of the broker's limit that is reserved for root and the broker's own user. */
  int reserved(Resource resource) {
    int all = of(resource);
    return all == NONE ? 0 : Math.min(all - 1, Math.max(1, all / RESERVED_FRACTION));
  }

  /** Returns how many administrators can connect when all sessions are in use. */
  int administrators() {
    return Math.min(ADMINISTRATORS, of(Resource.SESSIONS));
  }

  /** Returns the maximum number of connections of all kinds. */
  int connections() {
    return of(Resource.SESSIONS) + administrators();
  }

  /** The maximum size of a frame, including its header. */
  public int frameBytes() {
    return values.get(FRAME_BYTES);
  }

  /** How many bytes the broker passes on through a stream before the client reads them. */
  int streamPrefetchBytes() {
    return values.get(STREAM_PREFETCH_BYTES);
  }

  /** The maximum lifetime of a token. */
  int tokenExpirySeconds() {
    return values.get(TOKEN_EXPIRY_SECONDS);
  }

  /**
   * Returns a copy that is lowered to the resources of the process. Half of them stay free even if
   * everything is at its limit.
   *
   * @param openFiles how many fds clients may cause
   * @param heap the heap size in bytes
   * @param directMemory the memory for Netty's buffers in bytes
   */
  public Limits within(int openFiles, long heap, long directMemory) {
    Limits limits = withinHeap(heap / 2);
    long unread = directMemory / 8;
    limits = limits.lowered(Resource.SESSIONS, unread / UNREAD_FREE_BYTES);
    limits = limits.lowered(Resource.BUFFERED_BYTES, directMemory / 4);
    // Bytes that are left in a ring are copied to the broker's own memory.
    limits = limits.lowered(Resource.RING_BYTES, directMemory / 4);
    limits = limits.lowered(Resource.STREAM_BYTES, directMemory / 16);
    limits = limits.lowered(Resource.THREADS, heap / STACK_BYTES);
    return limits.withinFiles(openFiles);
  }

  /**
   * Returns a copy that is lowered so that most threads stay free. The JVM needs some to shut down.
   *
   * @param threads how many threads the process may have
   */
  public Limits withinThreads(int threads) {
    return lowered(Resource.THREADS, threads / THREADS_FRACTION);
  }

  private Limits withinHeap(long budget) {
    Limits limits = this;
    for (Resource resource : Resource.values()) {
      limits = limits.lowered(resource, resource.fitting(budget));
    }
    return limits;
  }

  /**
   * Divides the fds. Two are reserved for each session: its connection and its pidfd. The others
   * are for fd connections and sockets.
   */
  private Limits withinFiles(int files) {
    Limits limits = lowered(Resource.SESSIONS, files / 8);
    int left = Math.max(1, files - 2 * limits.connections());
    limits = limits.lowered(Resource.SOCKETS, left - limits.of(Resource.SESSIONS));
    return new Limits(limits.values, left);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Limits limits && limits.values.equals(values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
