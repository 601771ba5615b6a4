package dev.sockbroker.system;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a test needs of its machine. Where that is missing the test says so; in CI it fails. */
final class Needs {
  private Needs() {}

  static void programs(String... names) {
    for (String name : names) {
      boolean found =
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
      that(found, "needs the program " + name);
    }
  }

  static void that(boolean condition, String need) {
    if (condition) {
      return;
    }
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(need + ", and in CI nothing may be left out");
    }
    System.out.println("NOT RUN: " + need);
    abort(need);
  }
}
