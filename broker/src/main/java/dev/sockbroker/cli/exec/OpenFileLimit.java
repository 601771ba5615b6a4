package dev.sockbroker.cli.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The open file limit of this process, which it inherited from its caller. */
public final class OpenFileLimit {
  private OpenFileLimit() {}

  public static long ofThisProcess() {
    try {
      return of(Files.readString(Path.of("/proc/self/limits")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The soft limit.
   *
   * @param limits in the format of proc(5)
   */
  static long of(String limits) {
    return limits
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split(" +")[3])
        .mapToLong(soft -> soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft))
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }
}
