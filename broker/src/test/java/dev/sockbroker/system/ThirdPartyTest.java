package dev.sockbroker.system;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The shaded jars list the libraries that they contain in META-INF/THIRD-PARTY, and include the
 * licence texts. The test examines the entries of the jars, not the build.
 */
class ThirdPartyTest {
  private static final Pattern LINE =
      Pattern.compile("^([\\w-]+) +([\\w.-]+) +(META-INF/\\S+)$", Pattern.MULTILINE);

  static List<Path> shadedJars() {
    return List.of(BrokerProcess.JAR, WorkerJar.PATH, ServerAgent.PATH);
  }

  @ParameterizedTest
  @MethodSource("shadedJars")
  void shouldNameEveryLibrary(Path shaded) throws IOException {
    try (JarFile jar = new JarFile(shaded.toFile())) {
      assertThat(table(jar)).containsOnlyKeys(libraries(jar).keySet());
    }
  }

  @ParameterizedTest
  @MethodSource("shadedJars")
  void shouldHaveTheTextOfEveryLicence(Path shaded) throws IOException {
    try (JarFile jar = new JarFile(shaded.toFile())) {
      for (MatchResult line : table(jar).values()) {
        assertThat(jar.getEntry(line.group(3))).as(line.group()).isNotNull();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shadedJars")
  void shouldKeepTheLicencesAndNoticesOfLibraries(Path shaded) throws IOException {
    try (JarFile jar = new JarFile(shaded.toFile())) {
      for (Map.Entry<String, Path> library : libraries(jar).entrySet()) {
        assertKeepsLicences(jar, library.getKey(), library.getValue());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shadedJars")
  void shouldHaveTheLicenceOfTheProject(Path shaded) throws IOException {
    try (JarFile jar = new JarFile(shaded.toFile())) {
      assertThat(text(jar, "META-INF/LICENSE")).isEqualTo(Files.readString(Path.of("../LICENSE")));
    }
  }

  private static void assertKeepsLicences(JarFile shaded, String name, Path library)
      throws IOException {
    try (JarFile jar = new JarFile(library.toFile())) {
      for (ZipEntry licence : jar.stream().filter(ThirdPartyTest::isLicence).toList()) {
        String file = Path.of(licence.getName()).getFileName().toString();
        assertThat(text(shaded, "META-INF/third-party/" + name + "/" + file))
            .as(name)
            .isEqualTo(text(jar, licence.getName()));
        assertThat(table(shaded).get(name).group(3)).isEqualTo("META-INF/third-party/" + name);
      }
    }
  }

  private static boolean isLicence(ZipEntry entry) {
    return entry.getName().matches("META-INF/[^/]*(LICENSE|NOTICE)[^/]*");
  }

  /** The lines of THIRD-PARTY, by library. */
  private static Map<String, MatchResult> table(JarFile jar) throws IOException {
    return LINE.matcher(text(jar, "META-INF/THIRD-PARTY"))
        .results()
        .collect(toMap(line -> line.group(1), line -> line));
  }

  /** The libraries of the tests' class path that the jar contains, by artifact id. */
  private static Map<String, Path> libraries(JarFile shaded) throws IOException {
    Map<String, Path> found = new TreeMap<>();
    for (Path library : dependencies()) {
      try (JarFile jar = new JarFile(library.toFile())) {
        if (contents(jar).limit(1).anyMatch(name -> isIn(shaded, name))) {
          // the layout of a repository is ARTIFACT/VERSION/FILE
          found.put(library.getParent().getParent().getFileName().toString(), library);
        }
      }
    }
    return found;
  }

  private static List<Path> dependencies() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(entry -> entry.toString().endsWith(".jar"))
        .filter(entry -> !entry.getFileName().toString().startsWith("sockbroker-"))
        .toList();
  }

  /** The entries that only this library has: its classes and native libraries. */
  private static Stream<String> contents(JarFile jar) {
    return jar.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.endsWith(".so") || name.matches("(?!META-INF|module-info).*[.]class"));
  }

  private static boolean isIn(JarFile shaded, String name) {
    return shaded.getEntry(relocated(shaded, name)) != null;
  }

  private static String relocated(JarFile shaded, String name) {
    String place =
        Map.of(
                WorkerJar.PATH.toString(), "dev/sockbroker/client/shaded/jackson/",
                ServerAgent.PATH.toString(), "dev/sockbroker/agent/shaded/jackson/")
            .getOrDefault(shaded.getName(), "tools/jackson/");
    return name.replace("tools/jackson/", place);
  }

  private static String text(JarFile jar, String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    assertThat(entry).as(name).isNotNull();
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes());
    }
  }
}
