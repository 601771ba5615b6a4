package dev.sockbroker.cli;

import dev.sockbroker.broker.os.Users;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class PolicyCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec config =
      Subcommand.option(
              "--config",
              "FILE",
              Path.class,
              "Ask this configuration file and the policy.d/*.toml beside it. Default: ask the"
                  + " running broker, which answers root and its own user.")
          .build();
  private final OptionSpec user =
      Subcommand.option(
              "--user",
              "USER",
              String.class,
              "A user by name or number, with its groups. Default: the user who runs this.")
          .build();
  private final OptionSpec groups =
      Subcommand.option(
              "--group", "GROUP", List.class, "A further group, by name or number. Repeatable.")
          .auxiliaryTypes(String.class)
          .build();
  private final OptionSpec units =
      Subcommand.option(
              "--unit",
              "UNIT",
              List.class,
              "The systemd unit of the process. Repeatable: slices first, the unit last.")
          .auxiliaryTypes(String.class)
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final PositionalParamSpec what =
      Subcommand.parameter(
              0,
              "test|show|violations",
              String.class,
              "test: whether somebody may do something, and by which rule. show: the rules that are"
                  + " for somebody. violations: what is open although it would be refused now.")
          .build();
  private final PositionalParamSpec key =
      PositionalParamSpec.builder()
          .index("1")
          .arity("0..1")
          .paramLabel("KEY")
          .type(String.class)
          .description("For test: a key of a rule, such as listen, connect, names or lanes.")
          .build();
  private final PositionalParamSpec value =
      PositionalParamSpec.builder()
          .index("2")
          .arity("0..1")
          .paramLabel("VALUE")
          .type(String.class)
          .description("For test: one value for it, such as tcp:*:443.")
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(config)
          .addOption(user)
          .addOption(groups)
          .addOption(units)
          .addOption(json)
          .addPositional(what)
          .addPositional(key)
          .addPositional(value);
  private final Terminal terminal;

  PolicyCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Ask who may do what.")
        .description(
            "'test' exits with 0 if the policy allows it, else with 1 and the reason: a denial, or"
                + " the closest rule and what does not match.")
        .footer(
            "  sockbroker policy test --user www --unit web@1.service listen tcp:*:443",
            "  sockbroker policy show --user www",
            "  sockbroker policy violations");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    return switch (what.<String>getValue()) {
      case "test" -> test();
      case "show" -> show();
      case "violations" -> violations();
      default ->
          throw new ParameterException(
              spec.commandLine(), "'" + what.getValue() + "' (expected: test, show or violations)");
    };
  }

  private Integer test() throws IOException {
    if (key.getValue() == null || value.getValue() == null) {
      throw new ParameterException(
          spec.commandLine(), "'test' needs a key and a value, such as: listen tcp:*:443");
    }
    Request.TestPolicy question =
        new Request.TestPolicy(uid(), gids(), unitNames(), key.getValue(), value.getValue());
    Reply.Decision decision =
        config.getValue() == null ? ask(question, Reply.Decision.class) : fromFile().test(question);
    terminal.answer(json, text(decision), out -> writeFields(decision, out));
    return decision.allowed() ? ExitCode.DONE : ExitCode.REFUSED;
  }

  private static String text(Reply.Decision it) {
    if (!it.allowed()) {
      return "refused: " + Terminal.printable(it.reason());
    }
    return it.rule() == null
        ? "allowed: no policy restricts this user"
        : "allowed by " + Terminal.printable(it.rule());
  }

  private static void writeFields(Reply.Decision it, JsonOutput out) throws IOException {
    out.field("allowed", it.allowed());
    out.field("rule", it.rule());
    out.field("reason", it.reason());
  }

  private Integer show() throws IOException {
    List<String> rules = new ArrayList<>();
    boolean present = true;
    boolean more = true;
    while (more) {
      Request.ShowPolicy question =
          new Request.ShowPolicy(uid(), gids(), unitNames(), rules.size());
      Reply.Rules page =
          config.getValue() == null ? ask(question, Reply.Rules.class) : fromFile().show(question);
      rules.addAll(page.rules());
      present = page.present();
      more = page.more();
    }
    String none = present ? "no rules" : "no policy: everything is allowed";
    terminal.answer(
        json,
        rules.isEmpty() ? none : String.join("\n", rules.stream().map(this::printable).toList()),
        out -> out.field("rules", rules));
    return ExitCode.DONE;
  }

  /** Keeps the lines of a rule. */
  private String printable(String rule) {
    return String.join("\n", rule.lines().map(Terminal::printable).toList());
  }

  private Integer violations() throws IOException {
    List<Reply.Violation> rows = new ArrayList<>();
    try (BrokerConnection broker = socket.connect("policy")) {
      long socketId = 0;
      long descriptor = 0;
      boolean more = true;
      while (more) {
        Reply.Violations page =
            broker.call(new Request.ListViolations(socketId, descriptor), Reply.Violations.class);
        rows.addAll(page.rows());
        socketId = page.afterSocket();
        descriptor = page.afterDescriptor();
        more = page.more();
      }
    }
    terminal.answer(json, table(rows), out -> writeRows(rows, out));
    return ExitCode.DONE;
  }

  private static String table(List<Reply.Violation> rows) {
    if (rows.isEmpty()) {
      return "no violations";
    }
    return String.join("\n", rows.stream().map(PolicyCommand::line).toList());
  }

  private static String line(Reply.Violation it) {
    String name = it.name() == null ? "" : " " + Terminal.printable(Names.shown(it.name()));
    return "%s %s%s of pid %d, uid %d: %s"
        .formatted(
            it.descriptor() == 0 ? "-" : Ids.descriptor(it.descriptor()),
            Ids.socket(it.socket()),
            name,
            it.pid(),
            it.uid(),
            Terminal.printable(it.reason()));
  }

  private static void writeRows(List<Reply.Violation> rows, JsonOutput out) throws IOException {
    out.array(
        "violations",
        () -> {
          for (Reply.Violation it : rows) {
            out.object(
                () -> {
                  out.descriptor("descriptor", it.descriptor());
                  out.socket("socket", it.socket());
                  out.field("name", it.name());
                  out.field("session", it.session());
                  out.field("pid", JsonOutput.pid(it.pid()));
                  out.field("uid", it.uid());
                  out.field("reason", it.reason());
                });
          }
        });
  }

  private <R extends Reply> R ask(Request request, Class<R> type) throws IOException {
    try (BrokerConnection broker = socket.connect("policy")) {
      return broker.call(request, type);
    }
  }

  private PolicyFromFile fromFile() {
    return PolicyFromFile.read(config.getValue(), spec);
  }

  private long uid() {
    String name = user.getValue();
    return name == null ? Users.ownUid() : known(Users.uid(name), "user", name);
  }

  private List<Long> gids() {
    Set<Long> gids = new LinkedHashSet<>();
    String name = user.getValue();
    gids.addAll(name == null ? Users.ownGroups() : Users.groups(name));
    List<String> more = groups.getValue();
    if (more != null) {
      more.forEach(it -> gids.add(known(Users.gid(it), "group", it)));
    }
    return List.copyOf(gids);
  }

  private List<String> unitNames() {
    List<String> names = units.getValue();
    return names == null ? List.of() : names;
  }

  private long known(OptionalLong id, String kind, String name) {
    return id.orElseThrow(
        () ->
            new ParameterException(spec.commandLine(), "there is no " + kind + " '" + name + "'"));
  }
}
