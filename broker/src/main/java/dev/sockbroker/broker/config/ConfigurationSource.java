package dev.sockbroker.broker.config;

import dev.sockbroker.broker.config.Configuration.LogFormat;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Quotas;
import dev.sockbroker.broker.os.Users;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Ports;
import dev.sockbroker.broker.policy.RuleCompiler;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.text.Durations;
import dev.sockbroker.text.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the configuration: the options of the command line, which win, a file, and {@code
 * policy.d/*.toml} beside it. Any thread that may wait for the disk and for the users' database.
 *
 * @param file null without one; then there is no policy
 */
public record ConfigurationSource(Path file, ServeOptions given) {
  private static final List<String> LOG_LEVELS = List.of("error", "warn", "info", "debug", "trace");
  private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final String POLICY_DIRECTORY = "policy.d";
  private static final int WATCHDOG_SECONDS_DEFAULT = 30;

  /**
   * Reads everything.
   *
   * @throws InvalidConfigurationException with all errors
   */
  public Configuration read() throws InvalidConfigurationException {
    long own = SocketPaths.effectiveUid();
    return read(own == 0 ? Set.of(0L) : Set.of(0L, own));
  }

  /**
   * Reads everything, for another user's broker.
   *
   * @param administrators the uids that no rule restricts
   * @throws InvalidConfigurationException with all errors
   */
  public Configuration read(Set<Long> administrators) throws InvalidConfigurationException {
    Problems problems = new Problems();
    PolicyReader policy = new PolicyReader(new RuleCompiler(Users::uid, Users::gid));
    FileTrust trust = new FileTrust(problems);
    TomlTable main = file == null ? null : TomlFile.read(file, file.toString(), problems);
    if (main != null) {
      Path directory = file.toAbsolutePath().getParent();
      trust.check(directory, directory.toString());
      trust.check(file, file.toString());
    }
    TomlTable table = main == null ? TomlFile.parse("", "", problems) : main;
    Configuration configuration = read(table, policy, problems);
    boolean hasPolicy = readPolicies(policy, trust, problems) || !policy.rules().isEmpty();
    problems.throwIfAny();
    Policy rules = hasPolicy ? Policy.of(policy.rules(), administrators, ports()) : Policy.NONE;
    return with(configuration, rules);
  }

  /** The ports from which the kernel chooses for port 0. */
  private static Ports ports() {
    // In one read, because the kernel gives nothing to a second one.
    byte[] text = new byte[64];
    try (InputStream in = Files.newInputStream(PORT_RANGE)) {
      int length = Math.max(0, in.read(text));
      String[] range = new String(text, 0, length, StandardCharsets.US_ASCII).strip().split("\\s+");
      return new Ports(Integer.parseInt(range[0]), Integer.parseInt(range[1]));
    } catch (IOException e) {
      // Without /proc only a rule for every port allows port 0.
      return Ports.ALL;
    }
  }

  private static Configuration with(Configuration it, Policy policy) {
    return new Configuration(
        it.socket(),
        it.group(),
        it.trustGroup(),
        it.limits(),
        it.quotas(),
        policy,
        it.audit(),
        it.metrics(),
        it.logLevel(),
        it.logFormat(),
        it.watchdogSeconds(),
        it.keeps());
  }

  private Configuration read(TomlTable table, PolicyReader policy, Problems problems) {
    String socket = table.text("socket");
    String group = table.text("group");
    Boolean trustGroup = table.flag("trust-group");
    String level = table.converted("log-level", table.text("log-level"), this::level);
    LogFormat format = table.converted("log-format", table.text("log-format"), this::format);
    Integer watchdog = table.converted("watchdog", table.text("watchdog"), this::seconds);
    Boolean keeps = table.converted("keep", table.text("keep"), Keep::of);
    Limits limits = limits(table.table("limits"), problems);
    Quotas quotas = new QuotaReader(Users::uid).read(table);
    AuditSettings audit = audit(table.table("audit"));
    MetricsSettings metrics = metrics(table.table("metrics"));
    policy.read(table);
    table.end();
    return new Configuration(
        socket(socket),
        given.group() != null ? given.group() : group,
        given.trustGroup() != null ? given.trustGroup() : Boolean.TRUE.equals(trustGroup),
        limits,
        quotas,
        Policy.NONE,
        audit,
        metrics,
        level(level, problems),
        given.logFormat() != null ? given.logFormat() : format == null ? LogFormat.AUTO : format,
        watchdogSeconds(watchdog, problems),
        given.keeps() != null ? given.keeps() : !Boolean.FALSE.equals(keeps));
  }

  private Path socket(String inFile) {
    if (given.socket() != null) {
      return given.socket();
    }
    return inFile != null ? Path.of(inFile) : SocketPaths.defaultPath();
  }

  private String level(String inFile, Problems problems) {
    try {
      String asked = given.logLevel() != null ? given.logLevel() : inFile;
      return asked == null ? "info" : level(asked);
    } catch (IllegalArgumentException e) {
      problems.add("--log-level " + e.getMessage());
      return "info";
    }
  }

  private String level(String text) {
    if (!LOG_LEVELS.contains(text)) {
      throw new IllegalArgumentException(text + " (expected: one of " + LOG_LEVELS + ")");
    }
    return text;
  }

  private LogFormat format(String text) {
    return Arrays.stream(LogFormat.values())
        .filter(it -> it.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'" + text + "' (expected: auto, text, journal or json)"));
  }

  private int watchdogSeconds(Integer inFile, Problems problems) {
    try {
      return given.watchdogMillis() != null
          ? seconds(given.watchdogMillis())
          : inFile == null ? WATCHDOG_SECONDS_DEFAULT : inFile;
    } catch (IllegalArgumentException e) {
      problems.add("--watchdog " + e.getMessage());
      return WATCHDOG_SECONDS_DEFAULT;
    }
  }

  private int seconds(String text) {
    return seconds(Durations.parse(text));
  }

  private static int seconds(long millis) {
    if (millis == Request.FOREVER) {
      return Integer.MAX_VALUE;
    } else if (millis < 1000) {
      throw new IllegalArgumentException(Durations.exact(millis) + " (expected: 1s or more)");
    }
    return (int) Math.min(millis / 1000, Integer.MAX_VALUE);
  }

  private Limits limits(TomlTable table, Problems problems) {
    Limits limits = Limits.DEFAULT;
    if (table != null) {
      for (Map.Entry<String, String> it : table.amounts().entrySet()) {
        try {
          limits = limited(limits, it.getKey(), it.getValue());
        } catch (IllegalArgumentException e) {
          table.problem(it.getKey(), e.getMessage());
        }
      }
    }
    for (Map.Entry<String, String> it : given.limits().entrySet()) {
      try {
        limits = limited(limits, it.getKey(), it.getValue());
      } catch (IllegalArgumentException e) {
        problems.add("--limit " + e.getMessage());
      }
    }
    return limits;
  }

  private static Limits limited(Limits limits, String name, String value) {
    if (!Limits.names().contains(name)) {
      String meant =
          Spelling.closest(name, Limits.names())
              .map(it -> "; did you mean '" + it + "'?")
              .orElse("");
      throw new IllegalArgumentException(
          name + " (expected: one of " + Limits.names() + ")" + meant);
    }
    return limits.with(name, Amounts.number(name, value));
  }

  private static AuditSettings audit(TomlTable table) {
    if (table == null) {
      return AuditSettings.DEFAULT;
    }
    String to = table.text("to");
    Boolean grants = table.flag("grants");
    AuditSettings audit =
        table.converted(
            "to", to == null ? "log" : to, it -> AuditSettings.of(it, Boolean.TRUE.equals(grants)));
    table.end();
    return audit == null ? AuditSettings.DEFAULT : audit;
  }

  private static MetricsSettings metrics(TomlTable table) {
    if (table == null) {
      return MetricsSettings.DEFAULT;
    }
    String http = table.text("http");
    MetricsSettings metrics =
        table.converted("http", http == null ? "off" : http, MetricsSettings::of);
    table.end();
    return metrics == null ? MetricsSettings.DEFAULT : metrics;
  }

  /** Returns whether there is a file. A directory without files is no policy. */
  private boolean readPolicies(PolicyReader policy, FileTrust trust, Problems problems) {
    List<Path> files = file == null ? List.of() : policyFiles(trust, problems);
    for (Path it : files) {
      String name = POLICY_DIRECTORY + "/" + it.getFileName();
      TomlTable table = TomlFile.read(it, name, problems);
      if (table != null) {
        trust.check(it, name);
        policy.read(table);
        table.end();
      }
    }
    return !files.isEmpty();
  }

  /** The files in the order of their names, which only matters for messages. */
  private List<Path> policyFiles(FileTrust trust, Problems problems) {
    Path directory = file.resolveSibling(POLICY_DIRECTORY);
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, "*.toml")) {
      stream.forEach(files::add);
      trust.check(directory, POLICY_DIRECTORY);
    } catch (NoSuchFileException e) {
      return files;
    } catch (IOException e) {
      problems.add(POLICY_DIRECTORY + ": " + e);
    }
    files.sort(null);
    return files;
  }
}
