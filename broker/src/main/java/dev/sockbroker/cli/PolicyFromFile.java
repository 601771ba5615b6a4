package dev.sockbroker.cli;

import dev.sockbroker.broker.config.ConfigurationSource;
import dev.sockbroker.broker.config.InvalidConfigurationException;
import dev.sockbroker.broker.config.ServeOptions;
import dev.sockbroker.broker.policy.ActionText;
import dev.sockbroker.broker.policy.Decision;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Rule;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Answers from a configuration file as a broker would with it. */
record PolicyFromFile(Policy policy, CommandSpec spec) {
  static PolicyFromFile read(Path file, CommandSpec spec) {
    try {
      Policy policy = new ConfigurationSource(file, ServeOptions.NONE).read(Set.of(0L)).policy();
      return new PolicyFromFile(policy, spec);
    } catch (InvalidConfigurationException e) {
      throw new ParameterException(spec.commandLine(), e.errors().getFirst());
    }
  }

  Reply.Decision test(Request.TestPolicy test) {
    try {
      Decision decision =
          policy.explain(
              subject(test.uid(), test.groups(), test.units()),
              ActionText.parse(test.key(), test.value(), policy.ephemeral()));
      return new Reply.Decision(decision.isAllowed(), decision.rule(), decision.reason());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  Reply.Rules show(Request.ShowPolicy show) {
    List<Rule> rules = policy.of(subject(show.uid(), show.groups(), show.units())).applying();
    return new Reply.Rules(rules.stream().map(Rule::describe).toList(), false, policy.isPresent());
  }

  private static Subject subject(long uid, List<Long> groups, List<String> units) {
    return new Subject(uid, Set.copyOf(groups), units);
  }
}
