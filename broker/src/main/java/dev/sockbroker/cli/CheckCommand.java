package dev.sockbroker.cli;

import dev.sockbroker.broker.config.Configuration;
import dev.sockbroker.broker.config.ConfigurationSource;
import dev.sockbroker.broker.config.InvalidConfigurationException;
import dev.sockbroker.broker.config.ServeOptions;
import dev.sockbroker.broker.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class CheckCommand implements Subcommand {
  static final Path FILE = Path.of("/etc/sockbroker/sockbroker.toml");

  private final PositionalParamSpec file =
      PositionalParamSpec.builder()
          .index("0")
          .arity("0..1")
          .paramLabel("FILE")
          .type(Path.class)
          .description("Default: " + FILE + ".")
          .build();
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).addPositional(file);
  private final Terminal terminal;

  CheckCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Check a configuration file and the policy.d/*.toml beside it.")
        .description(
            "Reports every error in a line of its own, with file and line. A running broker is not"
                + " affected; 'sockbroker reload' makes it read the files.")
        .footer("  sockbroker check", "  sockbroker check ./sockbroker.toml");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    Path path = file.getValue() == null ? FILE : file.getValue();
    try {
      Configuration configuration = new ConfigurationSource(path, ServeOptions.NONE).read();
      terminal.line("ok: " + policy(configuration.policy()));
      return ExitCode.DONE;
    } catch (InvalidConfigurationException e) {
      e.errors().forEach(it -> terminal.say(Terminal.printable(it)));
      return ExitCode.REFUSED;
    }
  }

  private static String policy(Policy policy) {
    if (!policy.isPresent()) {
      return "no policy";
    }
    long denials = policy.rules().stream().filter(it -> it.isDenial()).count();
    return counted(policy.rules().size() - denials, "rule", "rules")
        + ", "
        + counted(denials, "denial", "denials");
  }

  private static String counted(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }
}
