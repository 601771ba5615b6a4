package dev.sockbroker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.system.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts for those who work on the project. */
class ScriptsTest {
  @ParameterizedTest
  @ValueSource(strings = {"test", "bench", "install", "package", "picture"})
  void shouldHelp(String script) throws Exception {
    Program.Result result = run(script, "--help").orFail();

    assertThat(result.out()).contains("scripts/" + script);
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"test", "bench", "install", "package", "picture"})
  void shouldRefuseAnUnknownOption(String script) throws Exception {
    Program.Result result = run(script, "--nothing");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("scripts/" + script);
  }

  /** A build is silent for minutes otherwise. */
  @Test
  void shouldSayThatAnInstallationBuilds(@TempDir Path checkout) throws Exception {
    Path script = Files.createDirectory(checkout.resolve("scripts")).resolve("install");
    Files.copy(Path.of("../scripts/install"), script);

    Program.Result result = Program.run(maven(checkout, "exit 1"), List.of(script.toString()));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("install: building; this takes one to three minutes\n");
  }

  /** Otherwise the summary of an empty step would be the last one. */
  @ParameterizedTest
  @CsvSource({
    "CliTablesTest#shouldSortByExactValues, -Dalone.skip -Dtest=CliTablesTest#shouldSort",
    "BenchTest, -Dalone.skip=false -Dtest=BenchTest "
  })
  void shouldLeaveOutTheStepThatHasNoTest(String name, String options, @TempDir Path stub)
      throws Exception {
    Path program = Path.of("../scripts/test");

    Program.Result result =
        Program.run(maven(stub, "echo \"$@\""), List.of(program.toString(), name));

    assertThat(result.orFail().out()).contains(" verify ", options);
  }

  /** The environment with a stub of Maven. */
  private static Map<String, String> maven(Path directory, String command) throws Exception {
    Path maven = Files.writeString(directory.resolve("mvn"), "#!/bin/sh\n" + command + "\n");
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    return Map.of("PATH", directory + ":" + System.getenv("PATH"));
  }

  private static Program.Result run(String script, String option) throws Exception {
    Path program = Path.of("../scripts", script);
    return Program.run(List.of(program.toString(), option));
  }
}
