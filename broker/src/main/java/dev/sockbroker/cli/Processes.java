package dev.sockbroker.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What this machine knows of the processes and users that the broker tells by number. Users come
 * from /etc/passwd alone; to ask the name service a program would have to be started.
 */
final class Processes {
  private final Path root;
  private final boolean samePids;
  private final Map<Integer, String> commands = new HashMap<>();
  private Map<Long, String> users;

  /**
   * @param pidSeenByBroker this process's pid as the broker sees it: if it is another than this
   *     process sees itself, the broker's pids mean other processes here
   */
  static Processes seenBy(int pidSeenByBroker) {
    return new Processes(Path.of("/"), ownPid() == pidSeenByBroker);
  }

  /**
   * @param root above {@code etc} and {@code proc}
   * @param samePids whether the broker's pids mean the same here
   */
  Processes(Path root, boolean samePids) {
    this.root = root;
    this.samePids = samePids;
  }

  /** The command of a process, null if it is not to be seen. */
  String command(int pid) {
    if (!samePids || pid == 0) {
      return null;
    }
    // not computeIfAbsent, which would look again at each row for what is not to be seen
    if (!commands.containsKey(pid)) {
      commands.put(pid, readCommand(pid));
    }
    return commands.get(pid);
  }

  /** The name of a user, null if it has none. */
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
      // it has just ended, or /proc hides other users' processes
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
      // a container may have no passwd file; uids are shown then
      return names;
    }
    return names;
  }

  private static void addUser(Map<Long, String> names, String uid, String name) {
    try {
      names.putIfAbsent(Long.valueOf(uid), name);
    } catch (NumberFormatException e) {
      // a line of the network information service (+::::) is no user
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
