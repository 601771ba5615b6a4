package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks the core on purpose, one rule at a time, and sees that its tests notice. It takes minutes,
 * so it runs when asked: {@code scripts/test mutate}, or {@code scripts/test mutate "rule 37"} for
 * some. What noticed is written to target/mutations.md.
 */
@EnabledIfSystemProperty(named = "mutations", matches = ".+")
class MutationTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/sockbroker/broker/core");
  private static final Path TABLE = Path.of("target/mutations.md");
  private static final int DEADLINE_SECONDS = 60;
  private static final int SEQUENCES = 10_000;

  @TempDir private static Path work;

  private record Mutation(String what, String file, String there, String instead) {}

  @TestFactory
  Stream<DynamicTest> shouldNotice() throws IOException {
    Files.writeString(TABLE, "| rule: what is broken | noticed by |\n| --- | --- |\n");
    Pattern asked = Pattern.compile(System.getProperty("mutations"));
    return mutations().stream()
        .filter(it -> asked.matcher(it.what).find())
        .map(it -> dynamicTest(it.what, () -> check(it)));
  }

  private static void check(Mutation mutation) throws IOException, InterruptedException {
    Path classes = Files.createTempDirectory(work, "mutant");
    compile(mutation, classes);
    List<String> noticed = run(classes);
    assertThat(noticed).as("tests that notice: " + mutation.what).isNotEmpty();
    String table = Files.readString(TABLE);
    Files.writeString(TABLE, table + "| " + mutation.what + " | " + text(noticed) + " |\n");
  }

  /** The model, if it noticed, and the first of the others with how many there were. */
  private static String text(List<String> noticed) {
    List<String> units = noticed.stream().filter(it -> !it.startsWith("ModelTest")).toList();
    String model = units.size() < noticed.size() ? "model" : "";
    if (units.isEmpty()) {
      return model;
    }
    String others = units.size() == 1 ? "" : " and " + (units.size() - 1) + " more";
    return (model.isEmpty() ? "" : model + ", ") + units.getFirst() + others;
  }

  private static void compile(Mutation mutation, Path classes) throws IOException {
    String source = Files.readString(SOURCES.resolve(mutation.file));
    String pattern =
        Arrays.stream(mutation.there.split(" "))
            .map(Pattern::quote)
            .collect(Collectors.joining("\\s+"));
    Matcher matcher = Pattern.compile(pattern).matcher(source);
    assertThat(matcher.results().count()).as("places of: " + mutation.there).isEqualTo(1);
    Path changed = classes.resolve(mutation.file);
    Files.writeString(changed, matcher.replaceFirst(Matcher.quoteReplacement(mutation.instead)));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                changed.toString());
    assertThat(result).as("compiling the mutant").isZero();
  }

  private static List<String> run(Path classes) throws IOException, InterruptedException {
    Path output = classes.resolve("output");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                "dev.sockbroker.broker.core.Mutant",
                String.valueOf(SEQUENCES))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return List.of("the tests never end");
    }
    List<String> lines = new ArrayList<>(Files.readAllLines(output));
    lines.removeIf(line -> !line.matches("[A-Z]\\w+Test\\.should\\w+"));
    if (process.exitValue() != 0) {
      lines.add("the tests do not run");
    }
    return lines;
  }

  private static List<Mutation> mutations() {
    List<Mutation> all = new ArrayList<>();
    for (String block : text().split("\n\n")) {
      List<String> lines = block.lines().filter(line -> !line.startsWith("#")).toList();
      if (lines.size() == 4) {
        all.add(
            new Mutation(
                lines.get(0),
                lines.get(1),
                lines.get(2).substring(1).strip(),
                lines.get(3).substring(1).strip()));
      } else {
        assertThat(lines).as("a block of four lines").isEmpty();
      }
    }
    return all;
  }

  private static String text() {
    try (InputStream file = MutationTest.class.getResourceAsStream("mutations.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
