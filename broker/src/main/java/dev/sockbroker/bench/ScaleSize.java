package dev.sockbroker.bench;

import dev.sockbroker.child.ChildFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many descriptors {@link Case#SCALE} can have: a broker has its sockets and sessions open.
 *
 * @param openFiles that a process may have
 */
public record ScaleSize(int openFiles) {
  static final int DESCRIPTORS_OF_SESSION = HolderMain.SOCKETS * HolderMain.HOLDERS;

  /** Beside those that hold: the bench's own, and the command's. */
  static final int OTHER_SESSIONS = 50;

  /** A JVM's own, and whatever else a broker has open. */
  private static final int OTHER_FILES = 1000;

  /** A session's connection, its pidfd and its fd connection: a broker keeps room for all three. */
  private static final int FILES_OF_SESSION = 3;

  private static final String LIMIT = "Max open files";

  /** As the system limits this process; its children have the same. */
  public static ScaleSize ofThisProcess() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith(LIMIT)) {
        // soft limit, hard limit; JVMs raise the one to the other
        String hard = line.substring(LIMIT.length()).strip().split("\\s+")[1];
        return new ScaleSize(hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard));
      }
    }
    throw new IOException("/proc/self/limits does not tell the open files");
  }

  /**
   * So many, or as many as the open files allow.
   *
   * @throws ChildFailedException if they allow none
   */
  public int within(int descriptors) throws ChildFailedException {
    if (needed(descriptors) <= openFiles) {
      return descriptors;
    }
    long sessions = (openFiles - needed(0)) / (HolderMain.SOCKETS + FILES_OF_SESSION);
    if (sessions < 1) {
      throw new ChildFailedException(tooMany(descriptors) + "; as root: " + raised(descriptors));
    }
    return Math.toIntExact(sessions * DESCRIPTORS_OF_SESSION);
  }

  /** What to say of a number that is not {@link #within} the open files. */
  public String explain(int descriptors) throws ChildFailedException {
    return "%s: %d are measured instead; for all of them, as root: %s"
        .formatted(tooMany(descriptors), within(descriptors), raised(descriptors));
  }

  private String tooMany(int descriptors) {
    return "scale of %d descriptors needs %d open files, and the hard limit is %d"
        .formatted(descriptors, needed(descriptors), openFiles);
  }

  private static String raised(int descriptors) {
    return "ulimit -n " + needed(descriptors);
  }

  /** Sessions of that many descriptors. */
  static int sessions(int descriptors) {
    return Math.max(1, descriptors / DESCRIPTORS_OF_SESSION);
  }

  private static long needed(int descriptors) {
    long sessions = descriptors == 0 ? 0 : sessions(descriptors);
    return sessions * HolderMain.SOCKETS
        + FILES_OF_SESSION * (sessions + OTHER_SESSIONS)
        + OTHER_FILES;
  }
}
