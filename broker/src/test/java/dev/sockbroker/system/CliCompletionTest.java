package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion scripts, read by their shells. */
class CliCompletionTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void shouldWriteACompletionScriptThatBashReads() throws Exception {
    Path script = directory.resolve("completion");
    Files.writeString(script, Command.to(directory.resolve("none")).run("completion").out());

    Process bash = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();

    assertThat(bash.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(bash.exitValue()).isZero();
    assertThat(Files.readString(script)).contains("--retain").contains("listening");
  }

  @Test
  void shouldWriteACompletionScriptThatFishUses() throws Exception {
    Needs.programs("fish");
    Path script = directory.resolve("completion.fish");
    Files.writeString(
        script, Command.to(directory.resolve("none")).run("completion", "--fish").out());

    String asked =
        Program.run(
                List.of(
                    "fish",
                    "--no-config",
                    "--command",
                    "source " + script + "; complete --do-complete 'sockbroker li'",
                    "--command",
                    "complete --do-complete 'sockbroker list --so'"))
            .orFail()
            .out();

    assertThat(asked).contains("list\tList descriptors").contains("--sort\t");
  }
}
