package dev.sockbroker.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.Resource.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationSourceTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void create() throws IOException {
    file = directory.resolve("sockbroker.toml");
    Files.createDirectory(directory.resolve("policy.d"));
  }

  private Configuration read(String text) throws Exception {
    Files.writeString(file, text);
    return new ConfigurationSource(file, ServeOptions.NONE).read();
  }

  private List<String> errors(String text) throws IOException {
    Files.writeString(file, text);
    InvalidConfigurationException e =
        catchThrowableOfType(
            InvalidConfigurationException.class,
            () -> new ConfigurationSource(file, ServeOptions.NONE).read());
    return e.errors();
  }

  private void drop(String name, String text) throws IOException {
    Files.writeString(directory.resolve("policy.d").resolve(name), text);
  }

  @Test
  void shouldBeTheDefaultsWithoutAnyText() throws Exception {
    Configuration none = new ConfigurationSource(null, ServeOptions.NONE).read();
    assertThat(read("# nothing\n")).isEqualTo(none);
    assertThat(none.limits()).isEqualTo(Limits.DEFAULT);
    assertThat(none.policy().isPresent()).isFalse();
    assertThat(none.watchdogSeconds()).isEqualTo(30);
    assertThat(none.logLevel()).isEqualTo("info");
  }

  @Test
  void shouldSetEveryOptionOfServe() throws Exception {
    Configuration all =
        read(
            """
            socket = "/run/x/broker.sock"
            group = "root"
            trust-group = true
            log-level = "debug"
            log-format = "json"
            watchdog = "2m"
            [limits]
            sockets = 7
            session-buffered-bytes = "1K"
            [audit]
            to = "/var/log/audit"
            grants = true
            [quota.default]
            sockets = "1/4"
            new-sessions = "50/s"
            [quota.user.root]
            sockets = 20000
            """);
    assertThat(all.socket()).isEqualTo(Path.of("/run/x/broker.sock"));
    assertThat(all.group()).isEqualTo("root");
    assertThat(all.trustGroup()).isTrue();
    assertThat(all.logLevel()).isEqualTo("debug");
    assertThat(all.logFormat()).isEqualTo(Configuration.LogFormat.JSON);
    assertThat(all.watchdogSeconds()).isEqualTo(120);
    assertThat(all.limits().of(Resource.SOCKETS)).isEqualTo(7);
    assertThat(all.limits().of(Level.SESSION, Resource.BUFFERED_BYTES)).isEqualTo(1024);
    assertThat(all.audit()).isEqualTo(new AuditSettings(Path.of("/var/log/audit"), false, true));
    assertThat(all.quotas().ofUsers()).containsOnlyKeys(0L);
    assertThat(all.quotas().usual().newSessions()).isEqualTo(50);
  }

  @Test
  void shouldLetTheCommandLineWin() throws Exception {
    Files.writeString(file, "log-level = \"debug\"\nwatchdog = \"2m\"\n[limits]\nsockets = 7\n");
    ServeOptions given =
        new ServeOptions(null, null, null, Map.of("sockets", "8"), "warn", null, null, null);
    Configuration read = new ConfigurationSource(file, given).read();
    assertThat(read.logLevel()).isEqualTo("warn");
    assertThat(read.limits().of(Resource.SOCKETS)).isEqualTo(8);
    assertThat(read.watchdogSeconds()).isEqualTo(120);
  }

  @Test
  void shouldNameFileLineKeyAndTheClosestName() throws Exception {
    drop("web.toml", "[[rule]]\nname = \"web\"\n\nlisen = [\"tcp:*:443\"]\n");
    assertThat(errors("lmits = 1\n[limits]\nsokcets = 5\nsockets = 0\n"))
        .containsExactly(
            file
                + ":3: [limits] sokcets: sokcets (expected: one of "
                + Limits.names()
                + "); did you mean 'sockets'?",
            file + ":4: [limits] sockets: sockets=0 (expected: 1 or more)",
            file + ":1: lmits: unknown, did you mean 'limits'?",
            "policy.d/web.toml:4: rule 'web': lisen: unknown, did you mean 'listen'?");
  }

  @Test
  void shouldReportEveryWrongValueOfARule() throws Exception {
    assertThat(
            errors(
                """
                [[rule]]
                name = "x"
                user = ["nobody-of-that-name"]
                listen = ["tcp:*:443", "tcp:*:99999"]
                rights = ["RECV", "SNED"]
                lanes = ["rings"]
                share = "some"
                retain = "10 minutes"
                group = 7
                [[deny]]
                connect = "tcp:0.0.0.0:1"
                list = ["all"]
                """))
        .containsExactly(
            file + ":9: rule 'x': group: 7 is not an array of texts in quotes",
            file + ":3: rule 'x': user: there is no user 'nobody-of-that-name'",
            file + ":4: rule 'x': listen: '99999' is not a port (expected: *, 443 or 8000-8099)",
            file
                + ":8: rule 'x': retain: '10 minutes' is not a time (expected: 500ms, 60s, 5m, 1h,"
                + " 2d or forever)",
            file + ":5: rule 'x': rights: 'SNED' is unknown, did you mean 'SEND'?",
            file + ":6: rule 'x': lanes: 'rings' is unknown, did you mean 'ring'?",
            file + ":7: rule 'x': share: 'some' is unknown (expected: one of [none, user, any])",
            file + ":12: deny: list: [\"all\"] is not a text in quotes",
            file
                + ":11: deny: connect: 'tcp:0.0.0.0:1': 0.0.0.0 is no destination; every host is"
                + " *");
  }

  @Test
  void shouldRefuseWhatIsNotToml() throws Exception {
    assertThat(errors("[limits]\na = 1\na = 2\n"))
        .containsExactly(file + ":3: limits.a: is there twice");
    assertThat(errors("[[rule]\n")).singleElement().asString().startsWith(file + ":1: ");
    Files.write(file, new byte[] {'a', '=', '"', (byte) 0xff, '"'});
    assertThat(
            catchThrowableOfType(
                    InvalidConfigurationException.class,
                    () -> new ConfigurationSource(file, ServeOptions.NONE).read())
                .errors())
        .containsExactly(file + ": not UTF-8");
    assertThat(errors("a = " + "[".repeat(100_000))).hasSize(1);
    assertThat(errors("rule = 1\n")).singleElement().asString().contains("[[rule]]");
    assertThat(errors("[rule]\n")).singleElement().asString().contains("[[rule]]");
  }

  @Test
  void shouldHaveAPolicyAsSoonAsThereIsAFile() throws Exception {
    assertThat(read("").policy().isPresent()).isFalse();
    assertThat(read("[[rule]]\nuser = \"1\"\n").policy().isPresent()).isTrue();
    drop("empty.toml", "# nothing yet\n");
    assertThat(read("").policy().isPresent()).as("so everything is refused").isTrue();
    drop("notes.txt", "= nonsense");
    assertThat(read("").policy().rules()).isEmpty();
  }

  @Test
  void shouldNotTrustAFileThatOthersCanWrite() throws Exception {
    drop("web.toml", "");
    Path dropped = directory.resolve("policy.d/web.toml");
    Files.setPosixFilePermissions(dropped, PosixFilePermissions.fromString("rw-r--rw-"));
    assertThat(errors("")).containsExactly("policy.d/web.toml: everybody can write it; chmod o-w");
    Files.setPosixFilePermissions(dropped, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(
        directory.resolve("policy.d"), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(errors("")).containsExactly("policy.d: everybody can write it; chmod o-w");
  }

  /** Another trusted file in its place could be one without a policy. */
  @Test
  void shouldNotTrustAWayThatOthersCanChange() throws Exception {
    Path others = Files.createDirectory(directory.resolve("others"));
    Path real = Files.writeString(directory.resolve("real.toml"), "[[rule]]\nuser = [\"1\"]\n");
    Path link = Files.createSymbolicLink(others.resolve("link.toml"), real);
    Path policies = Files.createDirectories(directory.resolve("policy.d"));
    Files.createSymbolicLink(policies.resolve("web.toml"), link);
    assertThat(read("").policy().rules()).hasSize(1);
    Files.setPosixFilePermissions(others, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(errors(""))
        .singleElement()
        .asString()
        .startsWith("policy.d/web.toml: another user can replace files in " + others);
    Files.delete(policies.resolve("web.toml"));
    Path inside = Files.createDirectory(others.resolve("inside"));
    Path file = Files.writeString(inside.resolve("sockbroker.toml"), "");
    assertThatThrownBy(new ConfigurationSource(file, ServeOptions.NONE)::read)
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(inside + ": another user can replace files in " + others);
  }

  /** Each line of the shipped file is a comment with the default. */
  @Test
  void shouldShipTheDefaults() throws Exception {
    String shipped = Files.readString(Path.of("../scripts/systemd/sockbroker.toml"));
    assertThat(read(shipped)).isEqualTo(read(""));
    String settings =
        shipped
            .substring(0, shipped.indexOf("#[[rule]]"))
            .replaceAll("(?m)^#(?=[a-z-]+ = )", "")
            .replaceAll("(?m)^(socket|group) = .*$", "");
    Configuration uncommented = read(settings);
    Configuration defaults = read("");
    assertThat(uncommented.limits()).isEqualTo(defaults.limits());
    assertThat(uncommented.audit()).isEqualTo(defaults.audit());
    assertThat(uncommented.needingRestart(defaults)).isEmpty();
    assertThat(uncommented.logLevel()).isEqualTo(defaults.logLevel());
    assertThat(settings.lines().filter(it -> it.startsWith("log-") || it.startsWith("sess")))
        .hasSizeGreaterThan(4);
    String rule = shipped.substring(shipped.indexOf("#[[rule]]")).replaceAll("(?m)^#", "");
    assertThat(read(rule).policy().rules()).hasSize(1);
  }

  @Test
  void shouldNameAFileThatIsMissing() throws Exception {
    Path missing = directory.resolve("missing.toml");
    assertThat(
            catchThrowableOfType(
                    InvalidConfigurationException.class,
                    () -> new ConfigurationSource(missing, ServeOptions.NONE).read())
                .errors())
        .containsExactly(missing + ": No such file or directory");
  }

  /** Whatever is written: either a configuration, or lines of errors. */
  @Test
  void shouldReportAnyMutationAsErrors() throws Exception {
    String text =
        """
        log-level = "info"
        watchdog = "30s"
        [limits]
        sockets = 100
        ring-bytes = "64M"
        [quota.default]
        sockets = "1/4"
        opens = "100/s"
        [quota.user.root]
        sockets = 1
        [audit]
        to = "log"
        grants = true
        [[rule]]
        name = "web"
        user = ["root", 'daemon']
        unit = ["web@*.service"]
        listen = ["tcp:*:443", "udp:[::1]:1-2", "unix:/run/x/*"]
        retain = "10m"
        [[deny]]
        connect = ["tcp:169.254.169.254:*", "tcp:a.example:80"]
        """;
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 3000; i++) {
      StringBuilder mutated = new StringBuilder(text);
      for (int n = random.nextInt(4); n >= 0; n--) {
        mutate(mutated, random);
      }
      try {
        read(mutated.toString());
      } catch (InvalidConfigurationException e) {
        assertThat(e.errors()).as("seed %d: %s", seed, mutated).isNotEmpty();
        assertThat(e.errors()).allSatisfy(it -> assertThat(it).startsWith(file.toString()));
      }
    }
  }

  private static void mutate(StringBuilder text, Random random) {
    int at = random.nextInt(text.length());
    String signs = "\"'[]{}=.#\n\\*:-/ 0aß\0,";
    switch (random.nextInt(4)) {
      case 0 -> text.deleteCharAt(at);
      case 1 -> text.insert(at, signs.charAt(random.nextInt(signs.length())));
      case 2 -> text.setCharAt(at, signs.charAt(random.nextInt(signs.length())));
      default -> {
        int end = Math.min(text.length(), at + random.nextInt(30));
        text.insert(random.nextInt(text.length()), text.substring(at, end));
      }
    }
  }
}
