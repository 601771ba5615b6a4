package dev.sockbroker.cli;

import java.util.List;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Completion scripts for shells. They also complete the names of sockets. */
public final class Completion {
  /** Commands whose first argument is the name of a socket. */
  private static final List<String> WITH_NAME =
      List.of("show", "get", "set", "retain", "allow", "close");

  private static final String NO_POSITIONALS = "local positionals=\"\"";

  private Completion() {}

  /** The script for bash, and for zsh with bashcompinit. */
  public static String bash(CommandLine root) {
    String script = AutoComplete.bash("sockbroker", root);
    for (String command : WITH_NAME) {
      script = withNames(script, "function _picocli_sockbroker_" + command + "() {");
    }
    return script
        + """

        # The names of the sockets of the broker that the command would use.
        function _sockbroker_names() {
          "${COMP_WORDS[0]}" list --columns name --no-header 2>/dev/null | grep -vx -e -
        }
        """;
  }

  private static String withNames(String script, String function) {
    int at = script.indexOf(NO_POSITIONALS, script.indexOf(function));
    return script.substring(0, at)
        + "local positionals=$(_sockbroker_names)"
        + script.substring(at + NO_POSITIONALS.length());
  }

  /** The script for fish. */
  public static String fish(CommandLine root) {
    StringBuilder script = new StringBuilder("complete -c sockbroker -f\n");
    for (Map.Entry<String, CommandLine> it : root.getSubcommands().entrySet()) {
      CommandLine command = it.getValue();
      String header = command.getCommandSpec().usageMessage().header()[0];
      append(script, "__fish_use_subcommand", "-a " + it.getKey(), header);
      for (OptionSpec option : command.getCommandSpec().options()) {
        String value = option.arity().max() > 0 ? " -r" : "";
        append(
            script,
            "__fish_seen_subcommand_from " + it.getKey(),
            "-l " + option.longestName().substring(2) + value,
            option.description()[0]);
      }
    }
    return script
        + """
        complete -c sockbroker -f -n '__fish_seen_subcommand_from %s' \
          -a '(sockbroker list --columns name --no-header 2>/dev/null | string match -v -- -)'
        """
            .formatted(String.join(" ", WITH_NAME));
  }

  private static void append(StringBuilder script, String when, String what, String description) {
    String quoted = description.replace("\\", "\\\\").replace("'", "\\'");
    script.append("complete -c sockbroker -n '%s' %s -d '%s'\n".formatted(when, what, quoted));
  }
}
