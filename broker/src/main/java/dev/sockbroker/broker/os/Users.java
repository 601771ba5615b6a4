package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sockbroker.protocol.SocketPaths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Looks up users and groups where the system does, which may ask a server (nsswitch.conf(5)). The
 * functions of the C library share their memory, so only one thread at a time uses them. Not for
 * the loop.
 */
public final class Users {
  /** Offsets in struct passwd and struct group: two pointers come first. */
  private static final int ID = 16;

  private static final int PRIMARY_GROUP = 20;
  private static final int STRUCT_SIZE = 24;

  /** More than Linux allows (NGROUPS_MAX). */
  private static final int GROUPS_MAX = 65_537;

  private static final CFunction GETPWNAM = CFunction.of("getpwnam");
  private static final CFunction GETGRNAM = CFunction.of("getgrnam");
  private static final CFunction GETGROUPLIST = CFunction.of("getgrouplist");

  private Users() {}

  /** Returns the uid of a user, or of digits. */
  public static OptionalLong uid(String name) {
    return id(name, GETPWNAM);
  }

  /** Returns the gid of a group, or of digits. */
  public static OptionalLong gid(String name) {
    return id(name, GETGRNAM);
  }

  private static OptionalLong id(String name, CFunction lookup) {
    if (name.matches("[0-9]{1,10}")) {
      long id = Long.parseLong(name);
      return id < 0xffff_ffffL ? OptionalLong.of(id) : OptionalLong.empty();
    }
    synchronized (Users.class) {
      MemorySegment found = entry(name, lookup);
      return found == null
          ? OptionalLong.empty()
          : OptionalLong.of(Integer.toUnsignedLong(found.get(JAVA_INT, ID)));
    }
  }

  /** Returns the primary and the supplementary groups of a user; none if there is no such user. */
  public static Set<Long> groups(String name) {
    synchronized (Users.class) {
      MemorySegment user = entry(name, GETPWNAM);
      return user == null ? Set.of() : groups(name, user.get(JAVA_INT, PRIMARY_GROUP));
    }
  }

  /** The uid of this process. */
  public static long ownUid() {
    return SocketPaths.effectiveUid();
  }

  /** The groups of this process. */
  public static Set<Long> ownGroups() {
    Set<Long> groups = new LinkedHashSet<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Gid:") || line.startsWith("Groups:")) {
          for (String id : line.substring(line.indexOf(':') + 1).strip().split("\\s+")) {
            if (!id.isEmpty()) {
              groups.add(Long.parseLong(id));
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return groups;
  }

  @SuppressWarnings("restricted")
  private static MemorySegment entry(String name, CFunction lookup) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      long found = lookup.call(state, arena.allocateFrom(name).address());
      return found == 0 ? null : MemorySegment.ofAddress(found).reinterpret(STRUCT_SIZE);
    }
  }

  private static Set<Long> groups(String name, int primary) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment groups = arena.allocate(JAVA_INT, GROUPS_MAX);
      MemorySegment count = arena.allocateFrom(JAVA_INT, GROUPS_MAX);
      int answer =
          (int)
              GETGROUPLIST.call(
                  state,
                  arena.allocateFrom(name).address(),
                  primary,
                  groups.address(),
                  count.address());
      Set<Long> all = new LinkedHashSet<>();
      for (int i = 0; i < answer; i++) {
        all.add(Integer.toUnsignedLong(groups.getAtIndex(JAVA_INT, i)));
      }
      return all;
    }
  }
}
