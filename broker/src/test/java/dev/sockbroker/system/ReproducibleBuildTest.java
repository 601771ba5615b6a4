package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds a release twice, in different directories, time zones and languages, and compares the
 * jars. Only {@code scripts/test} asks for it, because the plugins of a release must be in the
 * local repository.
 */
@EnabledIfSystemProperty(named = "reproducible", matches = "true")
@Tag("alone")
@Timeout(value = 10, unit = MINUTES)
class ReproducibleBuildTest {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> MODULES =
      List.of("protocol", "client", "client/all", "client/agent", "broker");

  @TempDir private Path directory;

  @Test
  void shouldBuildTheSameJarsElsewhere() throws Exception {
    Needs.programs("mvn");
    Path here = directory.resolve("here");
    Path elsewhere = directory.resolve("elsewhere/far/away");

    build(here, "UTC", "-Duser.language=en");
    build(
        elsewhere,
        "Pacific/Auckland",
        "-Duser.timezone=Pacific/Auckland -Duser.language=tr -Duser.country=TR"
            + " -Dfile.encoding=ISO-8859-9");

    for (Path jar : jars(elsewhere)) {
      assertSame(here.resolve(elsewhere.relativize(jar)), jar);
    }
    for (String module : List.of("client/all", "client/agent", "broker")) {
      assertThat(elsewhere.resolve(module).resolve("dependency-reduced-pom.xml"))
          .as("published POM of %s", module)
          .content()
          .doesNotContain(elsewhere.toString());
    }
  }

  private static void copySources(Path copy) throws IOException {
    copy("pom.xml", copy);
    copy("LICENSE", copy);
    for (String module : MODULES) {
      copy(module + "/pom.xml", copy);
      copy(module + "/src/main", copy);
    }
    copy("broker/src/build", copy);
  }

  private static void copy(String name, Path copy) throws IOException {
    Files.createDirectories(copy.resolve(name).getParent());
    Files.walkFileTree(
        PROJECT.resolve(name),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(copy.resolve(PROJECT.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, copy.resolve(PROJECT.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Without a network: the build of this project has left everything in the repository. */
  private static void build(Path copy, String timeZone, String options) throws Exception {
    copySources(copy);
    Path log = copy.resolve("build.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                "mvn",
                "-o",
                "-B",
                "-q",
                "-Prelease",
                "-Dmaven.repo.local=" + System.getProperty("maven.repository"),
                "-Dformat.skip=true",
                "-Dmaven.javadoc.skip=true",
                "-Dmaven.test.skip=true",
                "-Dunit.skip=true",
                "-Dsystem.skip=true",
                "package")
            .directory(copy.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "JAVA_HOME",
                Path.of(WorkerJar.JVM_OF_MAVEN, "../..").normalize().toString(),
                "TZ",
                timeZone,
                "MAVEN_OPTS",
                options));
    Process maven = builder.start();
    try {
      assertThat(maven.waitFor()).as(() -> text(log)).isZero();
    } finally {
      maven.destroy();
    }
  }

  private static List<Path> jars(Path copy) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (String module : MODULES) {
      try (Stream<Path> files = Files.list(copy.resolve(module).resolve("target"))) {
        files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
      }
    }
    assertThat(jars)
        .extracting(jar -> jar.getFileName().toString())
        .contains("sockbroker.jar", "sockbroker-client-all.jar", "sockbroker-agent.jar")
        .anyMatch(name -> name.startsWith("sockbroker-broker-") && name.endsWith("-sources.jar"));
    return jars;
  }

  private static void assertSame(Path first, Path second) throws IOException {
    // names the entries that differ, which the comparison of bytes does not
    assertThat(entries(second)).as(first.toString()).isEqualTo(entries(first));
    assertThat(second).hasSameBinaryContentAs(first);
  }

  private static Map<String, String> entries(Path file) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (JarFile jar = new JarFile(file.toFile())) {
      for (JarEntry entry : jar.stream().toList()) {
        entries.put(entry.getName(), entry.getTimeLocal() + " " + Long.toHexString(entry.getCrc()));
      }
    }
    return entries;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
