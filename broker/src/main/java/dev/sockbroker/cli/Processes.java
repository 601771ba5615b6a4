package dev.sockbroker.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Names of the processes and users that the broker reports by number. User names come only from
 * /etc/passwd, because a query to the name service would have to start a program.
 */
final class Processes {
  private final Path root;
  private final boolean samePids;
  private final Map<Integer, String> commands = new HashMap<>();
  private Map<Long, String> users;

  /**
   * @param pidSeenByBroker this process's pid as the broker sees it; if it differs from the
   *     process's own view, the broker's pids do not name the same processes here
   */
  static Processes seenBy(int pidSeenByBroker) {
    return new Processes(Path.of("/"), ownPid() == pidSeenByBroker);
  }

  /**
   * @param root the parent directory of {@code etc} and {@code proc}
   * @param samePids whether the broker's pids name the same processes here
   */
  Processes(Path root, boolean samePids) {
    this.root = root;
    this.samePids = samePids;
  }

  /** The command of a process. Null if it cannot be seen. */
  String command(int pid) {
    if (!samePids || pid == 0) {
      return null;
    }
    // not computeIfAbsent, which would look up an invisible process again for every row
    if (!commands.containsKey(pid)) {
      commands.put(pid, readCommand(pid));
    }
    return commands.get(pid);
  }

  /** The name of a user. Null if the user has none. */
  String user(long uid) {
    if (users == null) {
      users = readUsers();
    }
    return users.get(uid);
  }

  private String readCommand(int pid) {
    try {
      byte[] comm = Files.readAllBytes(root.resolve("proc/" + pid + "/comm"));
      return new String(comm, StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      // the process has just ended, or /proc hides other users' processes
      return null;
    }
  }

  private Map<Long, String> readUsers() {
    Map<Long, String> names = new HashMap<>();
    try {
      byte[] passwd = Files.readAllBytes(root.resolve("etc/passwd"));
      for (String line : new String(passwd, StandardCharsets.UTF_8).split("\n")) {
        String[] fields = line.split(":");
        if (fields.length > 2) {
          addUser(names, fields[2], fields[0]);
        }
      }
    } catch (IOException e) {
      // a container may have no passwd file; then uids are shown
      return names;
    }
    return names;
  }

  private static void addUser(Map<Long, String> names, String uid, String name) {
    try {
      names.putIfAbsent(Long.valueOf(uid), name);
    } catch (NumberFormatException e) {
      // a line for the Network Information Service (+::::) is not a user
      return;
    }
  }

  private static long ownPid() {
    try {
      // ProcessHandle.current() would start a thread
      return Long.parseLong(Files.readSymbolicLink(Path.of("/proc/self")).toString());
    } catch (IOException e) {
      return -1;
    }
  }
}
