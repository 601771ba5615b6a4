package dev.sockbroker.broker.os;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds a directory for Netty's native library. In an installation the library is a file on the
 * java.library.path. Otherwise Netty extracts it from the jar into a directory, which must not be
 * full, read-only or mounted with noexec.
 */
public final class NativeLibrary {
  private static final String NAME =
      "libnetty_transport_native_epoll_"
          + (System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64");

  private static final String SUFFIX = ".so";

  private NativeLibrary() {}

  /**
   * Tells Netty where to extract the library. To be called before Netty loads it.
   *
   * @param directories the candidates; the first one that works is used
   * @throws IOException if none works; the message gives the reason for each directory
   */
  public static void prepare(List<Path> directories) throws IOException {
    byte[] library = read();
    List<String> reasons = new ArrayList<>();
    for (Path directory : directories) {
      String reason = reasonAgainst(directory, library);
      if (reason == null) {
        System.setProperty("io.netty.native.workdir", directory.toString());
        return;
      }
      reasons.add(directory + ": " + reason);
    }
    if (!isInstalled()) {
      throw new IOException(
          "no directory takes its native library ("
              + String.join("; ", reasons)
              + "); install the broker (scripts/install), or name a directory:"
              + " SOCKBROKER_JAVA_OPTS=-Djava.io.tmpdir=DIRECTORY");
    }
  }

  /**
   * Reads the library from the jar. This also makes the JVM open the jar, which it keeps open. With
   * an AOT cache it might otherwise open it only for the first class that is not in the cache, and
   * by then a build or an update could have replaced the jar.
   */
  private static byte[] read() throws IOException {
    try (InputStream bytes = NativeLibrary.class.getResourceAsStream(resource())) {
      return bytes.readAllBytes();
    }
  }

  private static boolean isInstalled() {
    return Stream.of(System.getProperty("java.library.path", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isReadable(Path.of(directory, NAME + SUFFIX)));
  }

  /** Returns why the library cannot be loaded from a directory, or null if it can. */
  private static String reasonAgainst(Path directory, byte[] library) {
    try {
      Path copy =
          Files.createTempFile(
              directory,
              NAME,
              SUFFIX,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        Files.write(copy, library);
        return Files.isExecutable(copy) ? null : "nothing can be executed there (noexec)";
      } finally {
        Files.delete(copy);
      }
    } catch (FileSystemException e) {
      return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private static String resource() {
    return "/META-INF/native/" + NAME + SUFFIX;
  }
}
