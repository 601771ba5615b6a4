package dev.sockbroker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code scripts/test} installs the programs that tests start. A test names them in {@code Needs},
 * and the script has a table of them. These tests compare the two.
 */
class TestProgramsTest {
  private static final Path PROJECT = Path.of("..");

  /** Every Debian has these programs, because their packages are essential. */
  private static final Set<String> ESSENTIAL =
      Set.of("bash", "cat", "chown", "env", "ls", "sh", "stat", "test", "true");

  /** The first word of a command line that a test starts. */
  private static final Pattern STARTED =
      Pattern.compile(
          "(?:new ProcessBuilder|Program\\.run|machine\\.run)\\(\\s*(?:List\\.of\\(\\s*)?"
              + "\"([^\"]+)\"");

  /** Programs that a minimal Debian lacks, in any quoted string of a test. */
  private static final Pattern MENTIONED =
      Pattern.compile(
          "\"(curl|flock|gdb|ip|kill|man|mount|nc|node|nsenter|openssl|prlimit|ps|python3"
              + "|setpriv|setsid|socat|ss|strace|taskset|tmux|unshare|wrk)\"");

  private static final Pattern NEEDED =
      Pattern.compile("Needs\\s*\\.programs?\\(((?:\\s*\"[^\"]+\",?)+)\\s*\\)");
  private static final Pattern LITERAL = Pattern.compile("\"([^\"]+)\"");

  @Test
  void shouldInstallWhatTestsNeed() throws IOException {
    Set<String> needed = new TreeSet<>();
    for (String source : sources()) {
      groups(NEEDED, source).forEach(names -> needed.addAll(groups(LITERAL, names)));
    }
    assertThat(table()).containsExactlyInAnyOrderElementsOf(needed);
  }

  @Test
  void shouldNeedWhatTestsStart() throws IOException {
    Set<String> started = new TreeSet<>();
    for (String source : sources()) {
      started.addAll(groups(STARTED, source));
      started.addAll(groups(MENTIONED, source));
    }
    started.removeAll(ESSENTIAL);
    assertThat(table()).containsAll(started);
  }

  /** The keys of the script's table. */
  private static List<String> table() throws IOException {
    String script = Files.readString(PROJECT.resolve("scripts/test"));
    String table = script.substring(script.indexOf("packages=("), script.indexOf("\n  )\n"));
    return groups(Pattern.compile("\\[([^]]+)]="), table);
  }

  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    for (String module : List.of("protocol", "client", "broker")) {
      try (Stream<Path> files = Files.walk(PROJECT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(TestProgramsTest::isOther).toList()) {
          sources.add(Files.readString(file));
        }
      }
    }
    return sources;
  }

  private static boolean isOther(Path file) {
    return file.toString().endsWith(".java")
        && !file.endsWith(TestProgramsTest.class.getSimpleName() + ".java");
  }

  private static List<String> groups(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.results().map(result -> result.group(1)).collect(Collectors.toList());
  }
}
