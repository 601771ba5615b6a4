package dev.sockbroker.cli;

import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.text.Durations;
import dev.sockbroker.text.Kind;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class OpenCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec name =
      Subcommand.option("--name", "NAME", String.class, "The socket's name, unique in the broker.")
          .required(true)
          .build();
  private final OptionSpec retain =
      Subcommand.option(
              "--retain",
              "TIME",
              long.class,
              "How long it stays open without a holder: 60s, 5m, 1h, forever.")
          .required(true)
          .converters(new DurationConverter())
          .build();
  private final OptionSpec options =
      Subcommand.option(
              "--option",
              "NAME=VALUE",
              Map.class,
              "A socket option to set before the bind. Can be repeated.")
          .auxiliaryTypes(String.class, String.class)
          .build();
  private final OptionSpec backlog =
      Subcommand.option(
              "--backlog",
              "N",
              Integer.class,
              "For a listener: how many connections may wait to be accepted.")
          .build();
  private final OptionSpec join =
      Subcommand.option(
              "--join",
              "RIGHTS",
              String.class,
              "Rights of sessions of the same user that join by name: all, none, or RECV,SEND,..."
                  + " Default: all.")
          .build();
  private final OptionSpec others =
      Subcommand.option(
              "--others",
              "RIGHTS",
              String.class,
              "Rights of sessions of other users that join. Default: none.")
          .build();
  private final OptionSpec joinOthers =
      Subcommand.flag(
          "--join-others",
          "Also join a socket whose name belongs to another user. Only for users that you trust.");
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final PositionalParamSpec text =
      Subcommand.parameter(0, "SPEC", String.class, "What to open.").build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(name)
          .addOption(retain)
          .addOption(options)
          .addOption(backlog)
          .addOption(join)
          .addOption(others)
          .addOption(joinOthers)
          .addOption(json)
          .addPositional(text);
  private final Terminal terminal;

  OpenCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Open a named socket that outlives this command, or join it.")
        .description(
            "Workers then join it by its name. If a socket with the same name, kind and address is"
                + " open already, the command only joins it. So the command can be repeated.",
            "",
            "SPEC is one of",
            "",
            "  tcp-listen:HOST:PORT  tcp:HOST:PORT (connects)",
            "  udp:HOST:PORT         udp-connect:HOST:PORT",
            "  unix-listen:PATH      unix:PATH (connects)",
            "  unix-dgram:PATH       unix-dgram-connect:PATH",
            "",
            "IPv6 addresses need brackets. Port 0 lets the kernel choose a port. This command looks"
                + " up a host name; with ,resolve=broker at the end, a socket that connects leaves"
                + " that to the broker.")
        .footer(
            "  sockbroker open --name web --retain 60s tcp-listen:127.0.0.1:8080",
            "  sockbroker open --name log --retain 1h --option SO_RCVBUF=100000 udp:[::1]:0");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    SocketSpec.Requests requests = requests();
    try (BrokerConnection broker = socket.connect("open")) {
      print(Opening.by(broker, requests));
    }
    return ExitCode.DONE;
  }

  private SocketSpec.Requests requests() {
    if (retain.<Long>getValue() == 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--retain 0 would close the socket when this command ends: nobody else holds it yet"
              + " (expected: 60s, 5m, forever)");
    }
    try {
      return wanted().requests();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (UnknownHostException e) {
      throw new ParameterException(spec.commandLine(), "no such host: " + e.getMessage());
    }
  }

  private SocketSpec wanted() {
    SocketSpec wanted =
        SocketSpec.parse(text.getValue())
            .name(name.getValue())
            .retain(Durations.time(retain.getValue()));
    if (backlog.getValue() != null) {
      wanted = wanted.backlog(backlog.getValue());
    }
    if (join.getValue() != null) {
      wanted = wanted.joinRights(rights(join.getValue()));
    }
    if (others.getValue() != null) {
      wanted = wanted.otherRights(rights(others.getValue()));
    }
    if (Subcommand.isGiven(joinOthers)) {
      wanted = wanted.joinOthers();
    }
    Map<String, String> given = options.getValue();
    if (given != null) {
      for (Map.Entry<String, String> option : given.entrySet()) {
        wanted =
            wanted.option(option.getKey(), OptionValue.parse(option.getKey(), option.getValue()));
      }
    }
    return wanted;
  }

  private static Rights rights(String text) {
    return Rights.of(RightsText.parse(text));
  }

  private void print(Opening opening) throws IOException {
    if (Subcommand.isGiven(json)) {
      printJson(opening.own(), opening.addresses());
      return;
    }
    Reply.Opened own = opening.own();
    Reply.Addresses addresses = opening.addresses();
    terminal.line(
        "%s %s %s %s%s"
            .formatted(
                Ids.socket(own.socket()),
                Terminal.printable(Names.shown(name.getValue())),
                Kind.of(own.family(), own.type()),
                addresses.local() == null ? "-" : Terminal.printable(addresses.local().toString()),
                own.created() ? "" : " (already open)"));
  }

  private void printJson(Reply.Opened own, Reply.Addresses addresses) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () -> {
            out.socket("socket", own.socket());
            out.field("name", name.getValue());
            out.field("kind", Kind.of(own.family(), own.type()));
            out.field("created", own.created());
            out.field("ownerUid", own.ownerUid());
            out.address("local", addresses.local());
            out.address("peer", addresses.peer());
          });
    }
  }
}
