package dev.sockbroker.system;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallTest {
  @TempDir private Path directory;

  @Test
  void shouldPutEverythingUnderDestdirForThePrefix() throws Exception {
    install("/opt/sb").orFail();

    assertThat(files())
        .containsEntry("opt/sb/bin/sockbroker", "rwxr-xr-x")
        .containsEntry("opt/sb/lib/sockbroker/sockbroker.jar", "rw-r--r--")
        .containsEntry("opt/sb/lib/sockbroker/sockbroker-client-all.jar", "rw-r--r--")
        .containsEntry("opt/sb/lib/sockbroker/sockbroker-agent.jar", "rw-r--r--")
        .containsEntry("opt/sb/lib/systemd/system/sockbroker.service", "rw-r--r--")
        .containsEntry("opt/sb/lib/systemd/system/sockbroker.socket", "rw-r--r--")
        .containsEntry("opt/sb/lib/sysusers.d/sockbroker.conf", "rw-r--r--")
        .containsEntry("opt/sb/lib/tmpfiles.d/sockbroker.conf", "rw-r--r--")
        .allSatisfy((file, mode) -> assertThat(file).startsWith("opt/sb/").contains("sockbroker"));
    assertThat(directory.resolve("opt/sb/lib/systemd/system/sockbroker.service"))
        .content()
        .contains("ExecStart=/opt/sb/bin/sockbroker serve ")
        .doesNotContain(directory.toString(), "/usr/local");
  }

  @Test
  void shouldSayEachFileThatItInstalled() throws Exception {
    String said = install("/usr").orFail().out();

    assertThat(said.lines())
        .hasSameSizeAs(files().keySet())
        .contains("installed " + directory + "/etc/sockbroker/sockbroker.toml")
        .filteredOn(line -> !line.contains("/etc/sockbroker/"))
        .allMatch(line -> line.startsWith("installed " + directory + "/usr/"));
  }

  @Test
  void shouldDoTheSameTwice() throws Exception {
    install("/usr/local").orFail();
    Map<String, byte[]> once = contents();

    install("/usr/local/").orFail();

    Map<String, byte[]> twice = contents();
    assertThat(twice.keySet()).isEqualTo(once.keySet());
    assertThat(twice).allSatisfy((file, bytes) -> assertThat(bytes).isEqualTo(once.get(file)));
  }

  @Test
  void shouldLeaveNothingButOthersFilesWhenUninstalled() throws Exception {
    Path foreign = directory.resolve("usr/lib/systemd/system/other.service");
    Files.createDirectories(foreign.getParent());
    Files.createFile(foreign);
    install("/usr").orFail();

    Map<String, String> destdir = Map.of("DESTDIR", directory.toString());
    Installation.run(destdir, "--prefix", "/usr", "--uninstall").orFail();

    assertThat(files()).containsOnlyKeys("usr/lib/systemd/system/other.service");
    assertThat(directory.resolve("usr/lib/sockbroker")).doesNotExist();
  }

  @Test
  void shouldRunWhereItWasInstalledAndStartFromACache() throws Exception {
    Installation installed = Installation.at(directory);

    Program.run(Installation.JDK, List.of(installed.program().toString(), "version")).orFail();

    assertThat(files().keySet())
        .filteredOn(file -> file.endsWith(".aot"))
        .containsExactlyInAnyOrder(cache(StartCaches.ofCommands()), cache(StartCaches.ofServe()));

    String again =
        Installation.run(Installation.JDK, "--prefix", directory.toString()).orFail().out();
    assertThat(again)
        .contains("To run the new version", "systemctl daemon-reload", "systemctl reload")
        .contains("  " + installed.program() + " upgrade\n")
        .contains("installed " + directory.resolve(cache(StartCaches.ofServe())))
        .doesNotContain("enable --now");

    Installation.run(Installation.JDK, "--prefix", directory.toString(), "--uninstall").orFail();

    assertThat(files()).isEmpty();
    assertThat(directory.resolve("bin")).doesNotExist();
    assertThat(directory.resolve("lib")).doesNotExist();
    assertThat(directory.resolve("share")).doesNotExist();
  }

  @Test
  void shouldRefuseAPrefixThatAUnitCannotHold() throws Exception {
    for (String prefix : new String[] {"relative", "/with space", "/with%percent"}) {
      Program.Result refused = install(prefix);

      assertThat(refused.exitCode()).as(prefix).isEqualTo(2);
      assertThat(refused.err()).contains("--prefix " + prefix);
    }
    assertThat(files()).isEmpty();
  }

  private static String cache(Path ofTheBuild) {
    return "lib/sockbroker/" + ofTheBuild.getFileName();
  }

  private Program.Result install(String prefix) throws IOException, InterruptedException {
    return Installation.run(Map.of("DESTDIR", directory.toString()), "--prefix", prefix);
  }

  /** The mode of each file, by its path in the directory. */
  private Map<String, String> files() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .collect(toMap(file -> directory.relativize(file).toString(), InstallTest::mode));
    }
  }

  private Map<String, byte[]> contents() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    for (String file : files().keySet()) {
      contents.put(file, Files.readAllBytes(directory.resolve(file)));
    }
    return contents;
  }

  private static String mode(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
