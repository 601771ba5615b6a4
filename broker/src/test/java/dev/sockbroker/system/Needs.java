package dev.sockbroker.system;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The requirements of a test on its machine. If one is missing, the test is skipped with a message,
 * and in CI it fails. {@code scripts/test} installs the programs, and {@code TestProgramsTest}
 * checks that it knows all of them.
 */
public final class Needs {
  private Needs() {}

  public static void programs(String... names) {
    Stream.of(names).forEach(Needs::program);
  }

  /** The path of that program. */
  public static Path program(String name) {
    List<Path> found =
        places().map(place -> place.resolve(name)).filter(Files::isExecutable).toList();
    that(!found.isEmpty(), "needs the program " + name);
    return found.getFirst();
  }

  /** A module that Debian has in a package of its own. */
  public static void pythonModule(String name) throws IOException, InterruptedException {
    programs("python3");
    Program.Result result = Program.run(List.of("python3", "-c", "import " + name));
    that(result.exitCode() == 0, "needs Python's module " + name);
  }

  /** The same places that {@code scripts/packages.sh} searches. */
  private static Stream<Path> places() {
    List<Path> places = new ArrayList<>();
    Stream.of(System.getenv("PATH").split(":")).map(Path::of).forEach(places::add);
    places.add(Path.of("/usr/sbin"));
    places.add(Path.of("/usr/local/sbin"));
    Path postgres = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(postgres)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(postgres)) {
        versions.forEach(version -> places.add(version.resolve("bin")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return places.stream();
  }

  public static void that(boolean condition, String need) {
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
