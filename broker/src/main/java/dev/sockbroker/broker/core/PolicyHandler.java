package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.ActionText;
import dev.sockbroker.broker.policy.Decision;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Rule;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Answers administrators who ask what the policy says about somebody. */
final class PolicyHandler {
  /** The maximum size of a page of rules, in characters. */
  private static final int PAGE_CHARACTERS = 16_000;

  private final Environment environment;

  PolicyHandler(Environment environment) {
    this.environment = environment;
  }

  private Policy policy(Call call) {
    call.session().checkAdministrator("see the policy");
    return environment.terms().policy();
  }

  void onTest(Call call, Request.TestPolicy test) {
    Policy policy = policy(call);
    try {
      Decision decision =
          policy.explain(
              subject(test.uid(), test.groups(), test.units()),
              ActionText.parse(test.key(), test.value(), policy.ephemeral()));
      call.reply(new Reply.Decision(decision.isAllowed(), decision.rule(), decision.reason()));
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Errno.EINVAL, e.getMessage());
    }
  }

  void onShow(Call call, Request.ShowPolicy show) {
    List<Rule> rules = policy(call).of(subject(show.uid(), show.groups(), show.units())).applying();
    List<String> page = new ArrayList<>();
    int characters = 0;
    int at = Math.clamp(show.after(), 0, rules.size());
    while (at < rules.size() && characters < PAGE_CHARACTERS) {
      String text = rules.get(at).describe();
      characters += text.length();
      page.add(text);
      at++;
    }
    call.reply(new Reply.Rules(page, at < rules.size(), policy(call).isPresent()));
  }

  private static Subject subject(long uid, List<Long> groups, List<String> units) {
    return new Subject(
        uid,
        groups == null ? new HashSet<>() : new HashSet<>(groups),
        units == null ? List.of() : units);
  }
}
