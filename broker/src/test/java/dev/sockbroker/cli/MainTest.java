package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.CommandSpec;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @MethodSource("commands")
  void shouldHelpWithEachCommand(String command) {
    assertThat(run(command, "--help")).isEqualTo(ExitCode.DONE);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Usage: sockbroker " + command, "Example:\n  ", "Exit codes:");
    assertThat(err.size()).isZero();
  }

  static Stream<String> commands() {
    return Main.commandLine().getSubcommands().keySet().stream();
  }

  /** The help is wrapped to the terminal, so a text with line breaks of its own would be ragged. */
  @ParameterizedTest
  @MethodSource("commands")
  void shouldHelpWithoutRaggedLines(String command) {
    CommandSpec spec = Main.commandLine().getSubcommands().get(command).getCommandSpec();

    assertThat(spec.usageMessage().description())
        .allMatch(
            it -> it.isEmpty() || it.startsWith("  ") || it.matches("(?s).*[.:]|SPEC is one of"));
    assertThat(spec.options()).allSatisfy(it -> assertThat(it.description()).hasSize(1));
    assertThat(spec.usageMessage().footer()).allMatch(it -> it.length() < 80);
  }

  @Test
  void shouldListAllCommandsInTheHelp() {
    assertThat(run("--help")).isEqualTo(ExitCode.DONE);

    assertThat(out.toString(StandardCharsets.UTF_8)).contains(commands().toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldHaveARowForEachCommandInTheReadme(String command) throws IOException {
    String page = Files.readString(Path.of("README.md"));
    String section = page.substring(page.indexOf("\n## Commands\n"));

    assertThat(section.substring(0, section.indexOf("\n\n`ID` is")))
        .containsPattern("\n\\| [^|]*`" + command + "[ `][^|]*\\|");
  }

  @Test
  void shouldShowTheSameHelpByHelp() {
    run("help", "open");
    String byHelp = out.toString(StandardCharsets.UTF_8);
    out.reset();
    run("open", "--help");

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(byHelp).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lst",
        "list --nothing",
        "list --state dreaming",
        "list --pid x",
        "open --name x --retain soon tcp-listen:127.0.0.1:0",
        "open --name x --retain 1s tcp-listen",
        "open --name x --retain 1s --option SO_LINGER={ udp:127.0.0.1:0",
        "open --name x --retain 1s --join FLY udp:127.0.0.1:0",
        "open --name x --retain 1s --others recv,all udp:127.0.0.1:0",
        "open tcp-listen:127.0.0.1:0",
        "close",
        "close d1",
        "revoke",
        "get web",
        "set web TCP_NODELAY",
        "open --name x --retain 1s",
        "exec --attach web",
        "exec --attach web --fd web=x -- true",
        "exec --attach web --retain soon -- true",
        "get web x:y",
        "set web SO_LINGER {",
        "show",
        "show web --broker",
        "ping -c 0",
        "ping -i forever",
        "bench --case sleep",
        "bench --lane byway",
        "bench --size 2M",
        "bench --size many",
        "bench --size 1K --pipeline 1,65",
        "bench --connections 0",
        "bench --rounds 0",
        "bench --time 0s",
        "bench --time forever",
        "bench --warmup 0s",
        "bench --case scale --descriptors 49",
        "bench --case scale --socket /nonexistent/broker.sock",
        "help lst",
        "web --port 65536",
        "web --port -1",
        "web --port http",
        "serve --limit sokcets=1",
        "serve --limit sockets=many",
        "serve --log-level loud",
        "serve --log-format loud"
      })
  void shouldExplainWrongUsageInFewLines(String arguments) {
    assertThat(run(arguments.split(" "))).isEqualTo(ExitCode.USAGE);

    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8).lines().toList())
        .hasSizeBetween(2, 3)
        .allSatisfy(line -> assertThat(line).doesNotStartWith("\tat "))
        .last()
        .asString()
        .startsWith("sockbroker: for help: sockbroker");
  }

  @ParameterizedTest
  @CsvSource({
    "shwo web, there is no command 'shwo'",
    "list --sokcet x, there is no option '--sokcet'",
    "ping web, unexpected argument 'web'"
  })
  void shouldNameWhatItDoesNotKnow(String arguments, String said) {
    assertThat(run(arguments.split(" "))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("sockbroker: " + said + "\n");
  }

  @Test
  void shouldNameStatesAsTheyAreTyped() {
    run("list", "--state", "dreaming");

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("'dreaming'", "fresh, bound");
    assertThat(run("list", "--state", "Listening", "--socket", "/nonexistent/broker.sock"))
        .isEqualTo(ExitCode.UNREACHABLE);
  }

  @Test
  void shouldShowTheUsageIfNoCommandIsGiven() {
    assertThat(run()).isEqualTo(ExitCode.USAGE);

    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("Usage: sockbroker", "serve");
  }

  @Test
  void shouldKnowATerminalByItsColumnsAlone() {
    assertThat(Terminal.ofProcess(Map.of()).columns()).isZero();
    assertThat(Terminal.ofProcess(Map.of("SOCKBROKER_COLUMNS", "")).columns()).isZero();
    assertThat(Terminal.ofProcess(Map.of("SOCKBROKER_COLUMNS", "-3")).columns()).isZero();
    Terminal terminal = Terminal.ofProcess(Map.of("SOCKBROKER_COLUMNS", "80"));
    assertThat(terminal.columns()).isEqualTo(80);
    assertThat(terminal.colour()).isTrue();
  }

  @Test
  void shouldNotColourIfToldSo() {
    assertThat(Terminal.ofProcess(Map.of("SOCKBROKER_COLUMNS", "80", "NO_COLOR", "1")).colour())
        .isFalse();
    assertThat(Terminal.ofProcess(Map.of("SOCKBROKER_COLUMNS", "80", "TERM", "dumb")).colour())
        .isFalse();
  }

  /** {@code serve} listens where it is told, and never at the path of the system's broker. */
  @Test
  void shouldSayWhereEachCommandLooksForTheBroker() {
    assertThat(socketOption("serve")).contains("user's own path").doesNotContain("system's broker");
    assertThat(socketOption("ping")).contains("system's broker");
  }

  private static String socketOption(String command) {
    CommandSpec spec = Main.commandLine().getSubcommands().get(command).getCommandSpec();
    return spec.findOption("--socket").description()[0];
  }

  private int run(String... arguments) {
    Terminal terminal =
        Terminal.of(out, new PrintStream(err, true, StandardCharsets.UTF_8), 0, false);
    return Main.run(terminal, arguments);
  }
}
