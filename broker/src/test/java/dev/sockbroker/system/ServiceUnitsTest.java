package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The installed units, checked by systemd's own tools, which work without systemd as pid 1. */
class ServiceUnitsTest {
  /** In tenths. systemd calls 5 to 7 medium, and most packaged services are above 9. */
  private static final int EXPOSURE_MAX = 25;

  @TempDir private static Path prefix;

  private static Installation installed;

  @BeforeAll
  static void install() throws Exception {
    Needs.programs("systemd-analyze");
    installed = Installation.at(prefix);
  }

  @Test
  void shouldHaveNothingForSystemdToRemark() throws Exception {
    Program.Result verified =
        Program.run(
            List.of(
                "systemd-analyze",
                "verify",
                installed.unit("sockbroker.service").toString(),
                installed.unit("sockbroker.socket").toString()));

    // It exits with 0 even for unknown keys and bad values.
    assertThat(verified).isEqualTo(new Program.Result(0, "", ""));
  }

  /** The example is in a separate directory, so that no installed unit shadows it. */
  @Test
  void shouldHaveAnExampleOfAServerWithNothingToRemark(@TempDir Path units) throws Exception {
    Path example = units.resolve("web.service");
    Files.writeString(
        example,
        Files.readString(Path.of("../scripts/systemd/example-web.service"))
            .replace("/usr/local/bin/sockbroker", installed.program().toString()));

    Program.Result verified =
        Program.run(
            Map.of("SYSTEMD_UNIT_PATH", units + ":" + installed.unit("") + ":"),
            List.of("systemd-analyze", "verify", example.toString()));

    assertThat(verified).isEqualTo(new Program.Result(0, "", ""));
  }

  @Test
  void shouldBeHardened() throws Exception {
    Program.Result exposure =
        Program.run(
            List.of(
                "systemd-analyze",
                "security",
                "--offline=yes",
                "--no-pager",
                "--threshold=" + EXPOSURE_MAX,
                installed.unit("sockbroker.service").toString()));

    assertThat(exposure.exitCode()).as(exposure.out() + exposure.err()).isZero();
  }

  @Test
  void shouldDeclareItsUserAsSysusersReadsIt() throws Exception {
    Needs.programs("systemd-sysusers");

    Program.Result users =
        Program.run(
            List.of(
                "systemd-sysusers",
                "--dry-run",
                prefix.resolve("lib/sysusers.d/sockbroker.conf").toString()));

    assertThat(users.exitCode()).as(users.err()).isZero();
  }
}
