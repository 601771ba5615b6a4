package dev.sockbroker.system;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Debian packages of the jar under test, made by {@code scripts/package}. */
final class Packages {
  private static final Path SCRIPT =
      BrokerProcess.JAR.resolveSibling("../../scripts/package").normalize();

  private Packages() {}

  /**
   * The package of the same program as another version, which is a day newer.
   *
   * @param directory where it goes, as sockbroker.deb
   */
  static void build(Path directory, String version) throws IOException, InterruptedException {
    Needs.programs("objcopy", "dpkg-deb", "apt-get", "unzip");
    Files.createDirectories(directory);
    Path jar = directory.resolve("sockbroker.jar");
    copyAs(version, jar);
    String day = version.substring(version.lastIndexOf('.') + 1);
    Map<String, String> environment =
        Map.of(
            "SOCKBROKER_JAVA_HOME",
            System.getProperty("java.home"),
            "SOURCE_DATE_EPOCH",
            Integer.toString(1_767_225_600 + 86_400 * Integer.parseInt(day)));
    Program.run(
            environment,
            List.of(
                SCRIPT.toString(),
                "--fast",
                "--no-build",
                "--jar",
                jar.toString(),
                "--output",
                directory.toString()),
            300)
        .orFail();
  }

  /** Copies the jar under test with another version in its manifest. */
  static void copyAs(String version, Path copy) throws IOException {
    Files.copy(BrokerProcess.JAR, copy);
    try (FileSystem files = FileSystems.newFileSystem(copy)) {
      Path manifest = files.getPath("META-INF/MANIFEST.MF");
      String line = "Implementation-Version: ";
      Files.writeString(
          manifest,
          Files.readString(manifest).replaceFirst("(?m)^" + line + ".*$", line + version));
    }
  }
}
