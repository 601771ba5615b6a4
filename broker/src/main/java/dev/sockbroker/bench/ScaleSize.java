package dev.sockbroker.bench;

import dev.sockbroker.child.ChildFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The largest number of descriptors for {@link Case#SCALE}. A broker needs open files for its
 * sockets and sessions.
 *
 * @param openFiles the limit of a process
 */
public record ScaleSize(int openFiles) {
  static final int DESCRIPTORS_OF_SESSION = HolderMain.SOCKETS * HolderMain.HOLDERS;

  /** Sessions that hold no sockets: those of the bench and the command. */
  static final int OTHER_SESSIONS = 50;

  /** The files of the JVM and other open files of a broker. */
  private static final int OTHER_FILES = 1000;

  /** A broker reserves three per session: its connection, its pidfd and its fd connection. */
  private static final int FILES_OF_SESSION = 3;

  private static final String LIMIT = "Max open files";

  /** Returns the limit of this process, which its children inherit. */
  public static ScaleSize ofThisProcess() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith(LIMIT)) {
        // soft limit, hard limit; JVMs raise the soft limit to the hard limit
        String hard = line.substring(LIMIT.length()).strip().split("\\s+")[1];
        return new ScaleSize(hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard));
      }
    }
    throw new IOException("/proc/self/limits does not tell the open files");
  }

  /**
   * Returns that number, or the number that the open files allow if it is smaller.
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

  /** Explains a number that is not {@link #within} the limit of open files. */
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

  /** The number of sessions for that many descriptors. */
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
