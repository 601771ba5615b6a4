package dev.sockbroker.cli;

import dev.sockbroker.cli.exec.ExecException;
import dev.sockbroker.cli.exec.FdPlan;
import dev.sockbroker.cli.exec.OpenFileLimit;
import dev.sockbroker.cli.exec.Program;
import dev.sockbroker.cli.exec.RawFdReceiver;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

final class ExecCommand implements Subcommand {
  private static final int PATIENCE_SECONDS = 10;

  private final AtomicInteger places = new AtomicInteger();
  private final SocketOption socket = new SocketOption();
  private final OptionSpec open =
      Subcommand.option(
              "--open",
              "NAME=SPEC",
              List.class,
              "Open a socket, or join the one with the same name, kind and address.")
          .auxiliaryTypes(SocketSource.class)
          .converters(SocketSource.opened(places))
          .build();
  private final OptionSpec attach =
      Subcommand.option("--attach", "NAME", List.class, "Join the socket with this name.")
          .auxiliaryTypes(SocketSource.class)
          .converters(SocketSource.joined(places))
          .build();
  private final OptionSpec retain =
      Subcommand.option(
              "--retain",
              "TIME",
              long.class,
              "How long an opened socket stays open without a holder. Default: not at all. A socket"
                  + " that is open already keeps its retention.")
          .converters(new DurationConverter())
          .defaultValue("0s")
          .build();
  private final OptionSpec fd =
      Subcommand.option("--fd", "NAME=FD", Map.class, "Put a socket at a fixed fd number.")
          .auxiliaryTypes(String.class, Integer.class)
          .build();
  private final OptionSpec stdio =
      Subcommand.option(
              "--stdio", "NAME", String.class, "Make a socket stdin and stdout, as inetd does.")
          .build();
  private final OptionSpec env =
      Subcommand.option(
              "--env",
              "NAME=VAR",
              Map.class,
              "Also put a socket's fd number into an environment variable.")
          .auxiliaryTypes(String.class, String.class)
          .build();
  private final OptionSpec nonBlocking =
      Subcommand.flag("--nonblock", "Hand the sockets over with O_NONBLOCK.");
  private final OptionSpec joinOthers =
      Subcommand.flag(
          "--join-others",
          "Also join a socket whose name belongs to another user. Only for users that you trust.");
  private final PositionalParamSpec program =
      Subcommand.parameter(0, "PROGRAM", String.class, "Searched for in PATH.").build();
  private final PositionalParamSpec arguments =
      PositionalParamSpec.builder()
          .index("1..*")
          .paramLabel("ARG")
          .type(List.class)
          .auxiliaryTypes(String.class)
          .arity("0..*")
          .description("The program's arguments.")
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(open)
          .addOption(attach)
          .addOption(retain)
          .addOption(fd)
          .addOption(stdio)
          .addOption(env)
          .addOption(nonBlocking)
          .addOption(joinOthers)
          .addPositional(program)
          .addPositional(arguments);
  private final Terminal terminal;

  ExecCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Become a program that gets sockets of the broker as open files.")
        .description(
            "The sockets get the fds from 3 on, in the order given, as in socket activation:"
                + " LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES describe them. They are blocking"
                + " unless --nonblock is given. The process keeps its pid, and the broker lists it"
                + " as the holder until it ends.",
            "",
            "Several instances of a program can serve together. To replace a version without"
                + " refusing a client, start the new one, then end the old one. For SPEC, see"
                + " 'sockbroker help open'.")
        .footer(
            "  sockbroker exec --open web=tcp-listen:127.0.0.1:8080 -- ./server --quiet",
            "  sockbroker exec --attach web --fd web=7 --env web=PORT_FD -- node server.js",
            "  sockbroker exec --attach web --stdio web -- ./inetd-wait-server");
  }

  /** The common exit codes and those of exec. */
  static Map<String, String> exitCodes(Map<String, String> common) {
    Map<String, String> codes = new LinkedHashMap<>(common);
    codes.replace(" " + ExitCode.DONE, "this and any other code: the program's own, once it runs");
    codes.put(" " + ExitCode.NOT_EXECUTABLE, "the program cannot be executed");
    codes.put(" " + ExitCode.NOT_FOUND, "the program does not exist");
    return codes;
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    List<SocketSource> sources = sources();
    FdPlan plan = plan(sources.stream().map(SocketSource::name).toList());
    Map<String, SocketSpec.Requests> requests = requests(sources);
    try {
      become(program(plan), plan, sources, requests);
    } catch (ExecException e) {
      terminal.say(Terminal.printable(e.getMessage()));
      return e.errno() == Errno.ENOENT ? ExitCode.NOT_FOUND : ExitCode.NOT_EXECUTABLE;
    }
    throw new AssertionError("execve answered");
  }

  private List<SocketSource> sources() {
    return Stream.of(open, attach)
        .flatMap(option -> ExecCommand.<SocketSource>values(option).stream())
        .sorted(Comparator.comparingInt(SocketSource::place))
        .toList();
  }

  private static <T> List<T> values(ArgSpec option) {
    List<T> values = option.getValue();
    return values == null ? List.of() : values;
  }

  private static <T> Map<String, T> entries(OptionSpec option) {
    Map<String, T> entries = option.getValue();
    return entries == null ? Map.of() : entries;
  }

  private FdPlan plan(List<String> names) {
    try {
      entries(env).keySet().forEach(name -> FdPlan.checkKnown(names, name));
      Map<String, Integer> numbers = new HashMap<>(ExecCommand.<Integer>entries(fd));
      return FdPlan.of(names, numbers, stdio.getValue()).within(OpenFileLimit.ofThisProcess());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  /** Resolves the hosts before any socket is opened. */
  private Map<String, SocketSpec.Requests> requests(List<SocketSource> sources) {
    Map<String, SocketSpec.Requests> requests = new HashMap<>();
    for (SocketSource it : sources) {
      if (it.spec() != null) {
        requests.put(it.name(), requests(it.spec()));
      }
    }
    return requests;
  }

  private SocketSpec.Requests requests(SocketSpec wanted) {
    try {
      SocketSpec retained = wanted.retain(Durations.time(retain.getValue()));
      return (Subcommand.isGiven(joinOthers) ? retained.joinOthers() : retained).requests();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (UnknownHostException e) {
      throw new ParameterException(spec.commandLine(), "no such host: " + e.getMessage());
    }
  }

  private Program program(FdPlan plan) throws IOException {
    Program wanted = Program.ofLastArguments(1 + values(arguments).size());
    ExecCommand.<String>entries(env)
        .forEach(
            (name, variable) ->
                wanted.setVariable(variable, Integer.toString(plan.numberOf(name))));
    wanted.listenFds(plan.listenNames());
    return wanted;
  }

  /** The session lasts as long as the process. If execve fails, the session ends here. */
  private void become(
      Program wanted,
      FdPlan plan,
      List<SocketSource> sources,
      Map<String, SocketSpec.Requests> requests)
      throws IOException {
    try (BrokerConnection broker =
        BrokerConnection.openForProcess(socket.path(), "sockbroker exec")) {
      Map<String, Integer> fds = take(broker, sources, requests);
      Map<Integer, Integer> places = new HashMap<>();
      plan.names().forEach((number, name) -> places.put(number, fds.get(name)));
      wanted.become(places);
    }
  }

  /** Returns the fds of the sockets by name. */
  private Map<String, Integer> take(
      BrokerConnection broker,
      List<SocketSource> sources,
      Map<String, SocketSpec.Requests> requests)
      throws IOException {
    RawFdReceiver receiver = fdReceiver(broker);
    Map<String, Integer> fds = new HashMap<>();
    for (SocketSource it : sources) {
      Reply.Opened own = open(broker, it, requests);
      broker.call(
          new Request.Export(own.descriptor(), Subcommand.isGiven(nonBlocking)), Reply.Done.class);
      fds.put(it.name(), unlessGone(() -> receiver.take(broker.lastRequestId())));
    }
    return fds;
  }

  private Reply.Opened open(
      BrokerConnection broker, SocketSource source, Map<String, SocketSpec.Requests> requests)
      throws IOException {
    if (source.spec() == null) {
      return broker.attach(source.name(), Subcommand.isGiven(joinOthers));
    }
    Reply.Opened own = Opening.by(broker, requests.get(source.name())).own();
    // without --retain the caller has not asked for any retention
    long retention = retain.getValue();
    String notice = retention == 0 ? null : Opening.otherRetention(broker, own, retention);
    if (notice != null) {
      terminal.say(notice);
    }
    return own;
  }

  private RawFdReceiver fdReceiver(BrokerConnection broker) throws IOException {
    String key = broker.call(new Request.NewFdKey(), Reply.FdKey.class).key();
    return unlessGone(() -> RawFdReceiver.open(socket.path(), key, PATIENCE_SECONDS));
  }

  private interface Exchange<T> {
    T run() throws IOException;
  }

  private <T> T unlessGone(Exchange<T> exchange) throws BrokerUnreachableException {
    try {
      return exchange.run();
    } catch (IOException e) {
      throw BrokerUnreachableException.gone(socket.path(), e);
    }
  }
}
