package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks the broker on purpose, one rule at a time, and checks that tests notice. It takes minutes,
 * so it runs only on request: {@code scripts/test mutate}, or {@code scripts/test mutate "rule 37"}
 * for some mutations. The result is written to target/mutations.md.
 */
@EnabledIfSystemProperty(named = "mutations", matches = ".+")
class MutationTest {
  private static final Path TABLE = Path.of("target/mutations.md");
  private static final int DEADLINE_SECONDS = 60;
  private static final int SEQUENCES = 10_000;

  @TempDir private static Path work;

  @TestFactory
  Stream<DynamicTest> shouldNotice() throws IOException, InterruptedException {
    List<Mutation> asked = asked();
    assertThat(asked).as("blocks to try").isNotEmpty();
    for (String test : new TreeSet<>(asked.stream().map(Mutation::test).toList())) {
      Path unchanged = Files.createTempDirectory(work, "unchanged");
      assertThat(run(unchanged, test)).as("tests that fail though nothing is broken").isEmpty();
    }
    Files.writeString(TABLE, "| rule: what is broken | noticed by |\n| --- | --- |\n");
    return asked.stream().map(it -> dynamicTest(it.what(), () -> check(it)));
  }

  private static List<Mutation> asked() throws IOException {
    Pattern asked = Pattern.compile(System.getProperty("mutations"));
    return Mutation.all().stream().filter(it -> asked.matcher(it.what()).find()).toList();
  }

  private static void check(Mutation mutation) throws IOException, InterruptedException {
    Path classes = Files.createTempDirectory(work, "mutant");
    compile(mutation, classes);
    List<String> noticed = run(classes, mutation.test());
    assertThat(noticed).as("tests that notice: " + mutation.what()).isNotEmpty();
    String table = Files.readString(TABLE);
    Files.writeString(TABLE, table + "| " + mutation.what() + " | " + text(noticed) + " |\n");
  }

  /** The model, if it noticed, the first other class, and the number of further tests. */
  private static String text(List<String> noticed) {
    List<String> units = noticed.stream().filter(it -> !it.startsWith("ModelTest")).toList();
    String model = units.size() < noticed.size() ? "model" : "";
    if (units.isEmpty()) {
      return model;
    }
    String others = units.size() == 1 ? "" : " and " + (units.size() - 1) + " more";
    String first = units.getFirst().replaceFirst("\\..*", "");
    return (model.isEmpty() ? "" : model + ", ") + first + others;
  }

  private static void compile(Mutation mutation, Path classes) throws IOException {
    Path changed = classes.resolve(Path.of(mutation.file()).getFileName());
    Files.writeString(changed, mutation.changed());
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

  /**
   * @param test the only test class to run; empty for the core's tests
   */
  private static List<String> run(Path classes, String test)
      throws IOException, InterruptedException {
    Path output = classes.resolve("output");
    Process process = start(classes, test, output);
    boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly().waitFor();
    // each case of a parameterized test is a line
    Set<String> lines = new LinkedHashSet<>(Files.readAllLines(output));
    lines.removeIf(line -> !line.matches("[A-Z]\\w+Test\\.should\\w+"));
    if (!ended && lines.isEmpty()) {
      lines.add("the tests never end");
    } else if (ended && process.exitValue() != 0) {
      lines.add("the tests do not run");
    }
    return List.copyOf(lines);
  }

  private static Process start(Path classes, String test, Path output) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classes + File.pathSeparator + System.getProperty("java.class.path"),
            "dev.sockbroker.broker.core.Mutant",
            test.isEmpty() ? String.valueOf(SEQUENCES) : test)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(output.toFile())
        .start();
  }
}
