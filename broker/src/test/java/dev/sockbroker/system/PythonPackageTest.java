package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Python package: its own tests with real brokers, its installation, and the conformance. */
@Timeout(300)
class PythonPackageTest {
  private static final Path PACKAGE =
      Path.of("..", "scripts", "examples", "python").toAbsolutePath().normalize();

  @TempDir private Path directory;

  @BeforeEach
  void needsPython() {
    Needs.programs("python3");
  }

  static List<String> modules() throws IOException {
    try (Stream<Path> files = Files.list(PACKAGE.resolve("tests"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("test_"))
          .map(name -> "tests." + name.replace(".py", ""))
          .toList();
    }
  }

  /** They start brokers with the launcher, and kill one of them. */
  @ParameterizedTest
  @MethodSource("modules")
  void shouldPassItsOwnTests(String module) throws Exception {
    StartCaches.ofServe();

    assertThat(inPackage("python3", "-m", "unittest", module).orFail().err())
        .containsPattern("Ran [1-9]\\d* tests");
  }

  /** Without a network, and without setuptools, which a new virtual environment may lack. */
  @Test
  void shouldBeInstalledByPip() throws Exception {
    Needs.pythonModule("ensurepip");
    Path environment = directory.resolve("environment");
    inPackage("python3", "-m", "venv", environment.toString()).orFail();
    String python = environment.resolve("bin/python3").toString();
    inPackage(python, "-m", "pip", "install", "--no-index", PACKAGE.toString()).orFail();

    String list =
        "import os, sockbroker.aio as it; print(os.listdir(os.path.dirname(it.__file__)))";
    assertThat(in(directory, python, "-c", list).orFail().out())
        .contains("py.typed", "blocking.py", "conformance.py");
  }

  @Test
  void shouldFindTheBrokerConforming() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      String socket = broker.socket().toString();
      Program.Result result = inPackage("python3", "-m", "sockbroker.conformance", socket).orFail();
      assertThat(result.err()).containsPattern("Ran [1-9]\\d+ tests").endsWith("OK\n");
    }
  }

  private static Program.Result inPackage(String... line) throws Exception {
    return in(PACKAGE, line);
  }

  private static Program.Result in(Path place, String... line) throws Exception {
    List<String> all = new ArrayList<>(List.of("env", "-C", place.toString()));
    all.addAll(List.of(line));
    Map<String, String> environment =
        Map.of(
            "PYTHONDONTWRITEBYTECODE",
            "1",
            "SOCKBROKER_JAVA_HOME",
            System.getProperty("java.home"));
    return Program.run(environment, all);
  }
}
