package dev.sockbroker.cli;

import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "open",
    header = "Open a named socket that outlives this command, or join it.",
    description = {
      "Workers then join it by its name. If the name exists already and means the same kind and",
      "address, nothing is opened: the command can be repeated.",
      "",
      "SPEC is one of",
      "",
      "  tcp-listen:HOST:PORT  tcp:HOST:PORT (connects)",
      "  udp:HOST:PORT         udp-connect:HOST:PORT",
      "  unix-listen:PATH      unix:PATH (connects)",
      "  unix-dgram:PATH       unix-dgram-connect:PATH",
      "",
      "IPv6 addresses stand in brackets; port 0 lets the kernel choose."
    },
    footer = {
      "  sockbroker open --name web --retain 60s tcp-listen:127.0.0.1:8080",
      "  sockbroker open --name log --retain forever --option SO_RCVBUF=1000000 udp:[::1]:0"
    })
final class OpenCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;
  @Spec CommandSpec spec;

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "Unique in the broker.")
  String name;

  @Option(
      names = "--retain",
      required = true,
      paramLabel = "TIME",
      converter = Durations.class,
      description = "How long it stays open while nobody holds it: 60s, 5m, 1h, forever.")
  long retainMillis;

  @Option(
      names = "--option",
      paramLabel = "NAME=VALUE",
      description = "Set before the bind; can be repeated.")
  Map<String, String> options = Map.of();

  @Option(
      names = "--backlog",
      paramLabel = "N",
      description = "Of a listener: how many connections may wait to be accepted.")
  Integer backlog;

  @Option(
      names = "--join",
      split = ",",
      paramLabel = "RIGHT",
      description = "What those of the same user get who join by name. Default: all rights.")
  List<Right> join;

  @Option(
      names = "--others",
      split = ",",
      paramLabel = "RIGHT",
      description = "What other users get who join. Default: none.")
  List<Right> others;

  @Option(names = "--json", description = "One JSON object.")
  boolean json;

  @Parameters(paramLabel = "SPEC", description = "What to open.")
  String text;

  private final Terminal terminal;

  OpenCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    SocketSpec.Requests requests = requests();
    try (BrokerConnection broker = socket.connect("open")) {
      Reply.Opened own = broker.call(requests.open(), Reply.Opened.class);
      Reply.Addresses addresses = new Reply.Addresses(own.local(), own.peer());
      if (requests.connect() != null && own.peer() == null) {
        addresses = connect(broker, own, requests);
      }
      print(own, addresses);
    }
    return ExitCode.DONE;
  }

  private SocketSpec.Requests requests() {
    try {
      SocketSpec wanted = SocketSpec.parse(text).name(name).retain(retention());
      if (backlog != null) {
        wanted = wanted.backlog(backlog);
      }
      if (join != null) {
        wanted = wanted.joinRights(rights(join));
      }
      if (others != null) {
        wanted = wanted.otherRights(rights(others));
      }
      for (Map.Entry<String, String> option : options.entrySet()) {
        wanted = wanted.option(option.getKey(), OptionValue.parse(option.getValue()));
      }
      return wanted.requests();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (UnknownHostException e) {
      throw new ParameterException(spec.commandLine(), "no such host: " + e.getMessage());
    }
  }

  private Duration retention() {
    return retainMillis == Request.FOREVER
        ? ChronoUnit.FOREVER.getDuration()
        : Duration.ofMillis(retainMillis);
  }

  private static Rights rights(List<Right> rights) {
    return Rights.of(rights.toArray(Right[]::new));
  }

  /** A socket that could not be connected is not left behind under its name. */
  private static Reply.Addresses connect(
      BrokerConnection broker, Reply.Opened own, SocketSpec.Requests requests) throws IOException {
    try {
      return broker.call(
          new Request.Connect(own.descriptor(), requests.connect(), Request.FOREVER),
          Reply.Addresses.class);
    } catch (BrokerRefusedException e) {
      if (own.created()) {
        broker.call(new Request.Name(own.descriptor(), null, 0, null, null), Reply.Done.class);
      }
      throw e;
    }
  }

  private void print(Reply.Opened own, Reply.Addresses addresses) throws IOException {
    if (json) {
      printJson(own, addresses);
      return;
    }
    terminal.line(
        "%s %s %s %s%s"
            .formatted(
                Ids.socket(own.socket()),
                Terminal.printable(name),
                Kind.of(own.family(), own.type()),
                addresses.local() == null ? "-" : Terminal.printable(addresses.local().toString()),
                own.created() ? "" : " (was open already)"));
  }

  private void printJson(Reply.Opened own, Reply.Addresses addresses) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () -> {
            out.socket("socket", own.socket());
            out.field("name", name);
            out.field("kind", Kind.of(own.family(), own.type()));
            out.field("created", own.created());
            out.address("local", addresses.local());
            out.address("peer", addresses.peer());
          });
    }
  }
}
