package dev.sockbroker.system.readme;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every block of every page exactly as printed and in the order of the page. {@code
 * ReadmeBlocksTest} checks the protocol's page, whose blocks need no machine.
 */
@Timeout(600)
class ReadmeTest {
  static Stream<Script> scripts() {
    return Stream.of(
        new ProjectPage().script(),
        new BrokerPage().script(),
        new ClientPage().script(),
        new PythonPage().script(),
        new RecipesPage().script(),
        new Script(Page.read(".github/CONTRIBUTING.md"), new Machine(Machine.NO_INIT), List.of()));
  }

  /** These need no machine. */
  @ParameterizedTest
  @MethodSource("scripts")
  void shouldKnowEveryBlock(Script script) {
    script.check();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void shouldRunEveryBlockAsPrinted(Script script, @TempDir Path directory) throws Exception {
    Machine.needs();
    script.run(directory);
  }
}
