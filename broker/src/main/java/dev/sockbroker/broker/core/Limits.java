package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much there may be of what a client can make (rule 20), by name: {@code sockets} of the
 * broker, {@code user-sockets} of one user, {@code session-descriptors} of one session.
 */
public final class Limits {
  /** What the stack of a thread may take. */
  private static final int STACK_BYTES = 1 << 20;

  /** Clients get this fraction of the threads that the user of this process may have. */
  private static final int THREADS_FRACTION = 8;

  /** Larger than anything that is counted. */
  static final int NONE = Integer.MAX_VALUE;

  /** A user's share that nobody has set: half of what the broker has. */
  static final int HALF = 0;

  private static final String FRAME_BYTES = "frame-bytes";
  private static final String TOKEN_EXPIRY_SECONDS = "token-expiry-seconds";

  /** A frame must hold a datagram, or a page of the list. */
  public static final int FRAME_BYTES_MIN = 65_536;

  /** Places for administrators when all others are taken. */
  private static final int ADMINISTRATORS = 8;

  /** This fraction of each limit is reserved for root and the broker's own user. */
  private static final int RESERVED_FRACTION = 16;

  /** What a session may have unread without being charged for it. */
  public static final int UNREAD_FREE_BYTES = 16 << 10;

  /** What is bounded when nothing is said. */
  public static final Limits DEFAULT = new Limits(defaults(), NONE);

  private final Map<String, Integer> values;

  /** What the process can have, whatever was asked for. */
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
    defaults.put(TOKEN_EXPIRY_SECONDS, 86_400);
    return defaults;
  }

  /** All names, in the order in which people read them. */
  public static Set<String> names() {
    return DEFAULT.values.keySet();
  }

  /**
   * The same with one of them changed.
   *
   * @throws IllegalArgumentException for an unknown name, or a number that is too small
   */
  public Limits with(String name, int number) {
    int least = name.equals(FRAME_BYTES) ? FRAME_BYTES_MIN : 1;
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

  /** The names of the limits that are lower than in the others. */
  public List<String> lowerThan(Limits others) {
    return names().stream().filter(name -> of(name) < others.of(name)).toList();
  }

  /** The number that belongs to one of the {@link #names}. */
  public int of(String name) {
    return values.get(name);
  }

  private Limits lowered(Resource resource, long most) {
    String name = Level.BROKER.nameOf(resource);
    return values.get(name) <= most ? this : with(name, (int) Math.max(1, most));
  }

  /** What is allowed, {@link #NONE} without a limit. */
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

  /** What is allowed in the whole broker. */
  public int of(Resource resource) {
    return of(Level.BROKER, resource);
  }

  /** What of the broker's limit only root and the broker's own user can have. */
  int reserved(Resource resource) {
    int all = of(resource);
    return all == NONE ? 0 : Math.min(all - 1, Math.max(1, all / RESERVED_FRACTION));
  }

  /** How many administrators find room when all sessions are taken. */
  int administrators() {
    return Math.min(ADMINISTRATORS, of(Resource.SESSIONS));
  }

  /** How many connections there may be, whatever they are about to become. */
  int connections() {
    return of(Resource.SESSIONS) + administrators();
  }

  /** One frame, header included. */
  public int frameBytes() {
    return values.get(FRAME_BYTES);
  }

  /** How long a token may be good. */
  int tokenExpirySeconds() {
    return values.get(TOKEN_EXPIRY_SECONDS);
  }

  /**
   * The same, lowered to what the process has, so that everything at its limit at once leaves half
   * of it free.
   *
   * @param openFiles that clients may make it have
   * @param heap in bytes
   * @param directMemory in bytes, which Netty's buffers can have
   */
  public Limits within(int openFiles, long heap, long directMemory) {
    Limits limits = withinHeap(heap / 2);
    long unread = directMemory / 8;
    limits = limits.lowered(Resource.SESSIONS, unread / UNREAD_FREE_BYTES);
    limits = limits.lowered(Resource.BUFFERED_BYTES, directMemory / 4);
    // What is left in a ring becomes the broker's own memory.
    limits = limits.lowered(Resource.RING_BYTES, directMemory / 4);
    limits = limits.lowered(Resource.THREADS, heap / STACK_BYTES);
    return limits.withinFiles(openFiles);
  }

  /**
   * The same, lowered so that most threads stay free for the JVM, which needs some to end.
   *
   * @param threads that the process may have
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
   * A session is a connection and a pidfd, whose room is kept; it may have an fd connection, and
   * the others are for sockets.
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
