package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A change that breaks a rule, as {@code mutations.txt} describes it.
 *
 * @param what the rule, and what breaks
 * @param file the source file to change, relative to the core's sources
 * @param test the only test class to run; empty for the core's tests
 * @param there the text to replace; any white space matches any other
 * @param instead the replacement
 */
record Mutation(String what, String file, String test, String there, String instead) {
  private static final Path CORE = Path.of("dev/sockbroker/broker/core");
  private static final Path SOURCES = Path.of("src/main/java").resolve(CORE);

  static List<Mutation> all() throws IOException {
    List<Mutation> all = new ArrayList<>();
    for (String block : text().split("\n\n")) {
      List<String> lines = block.lines().filter(line -> !line.startsWith("#")).toList();
      if (!lines.isEmpty()) {
        all.add(parse(lines));
      }
    }
    return all;
  }

  private static String text() throws IOException {
    try (InputStream file = Mutation.class.getResourceAsStream("mutations.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Mutation parse(List<String> lines) {
    assertThat(lines).as("a block of four lines").hasSize(4);
    assertThat(lines.get(2)).startsWith("-");
    assertThat(lines.get(3)).startsWith("+");
    String[] files = lines.get(1).split(" ");
    return new Mutation(
        lines.get(0),
        files[0],
        files.length == 1 ? "" : testBeside(files[0], files[1]),
        lines.get(2).substring(1).strip(),
        lines.get(3).substring(1).strip());
  }

  /** The full name of a test class in the package of a source file. */
  private static String testBeside(String file, String test) {
    return CORE.resolve(file).resolveSibling(test).normalize().toString().replace('/', '.');
  }

  /** The number of times that the source contains the text to replace. */
  long matches() throws IOException {
    return matcher().results().count();
  }

  /** The source with the change. */
  String changed() throws IOException {
    assertThat(matches()).as("places of: " + there).isEqualTo(1);
    return matcher().replaceFirst(Matcher.quoteReplacement(instead));
  }

  private Matcher matcher() throws IOException {
    String pattern =
        Arrays.stream(there.split(" ")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
    return Pattern.compile(pattern).matcher(Files.readString(SOURCES.resolve(file)));
  }
}
