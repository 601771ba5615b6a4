package dev.sockbroker.child;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds installed programs. */
public final class Programs {
  /** Directories of servers that are not on every user's PATH. */
  private static final String MORE = ":/usr/sbin:/usr/local/sbin";

  private Programs() {}

  public static boolean isInstalled(String name) {
    return find(name).isPresent();
  }

  /**
   * Returns the path of a program, with which a process can be started. If it is not installed, it
   * returns the name, and starting it fails.
   */
  public static String path(String name) {
    return find(name).map(Path::toString).orElse(name);
  }

  private static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + MORE;
    return Stream.of(path.split(":"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
