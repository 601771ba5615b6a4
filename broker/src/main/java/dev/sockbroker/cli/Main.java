package dev.sockbroker.cli;

import dev.sockbroker.text.FileErrors;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The main class of the command line. */
public final class Main {
  /** In the order of the help text. */
  private static final List<String> COMMANDS =
      List.of(
          "serve",
          "demo",
          "bench",
          "list",
          "show",
          "get",
          "set",
          "open",
          "exec",
          "close",
          "retain",
          "allow",
          "revoke",
          "sessions",
          "end",
          "upgrade",
          "reload",
          "check",
          "policy",
          "watch",
          "top",
          "web",
          "metrics",
          "dump",
          "ping",
          "version",
          "completion",
          "help");

  private Main() {}

  public static void main(String[] arguments) {
    int code = run(Terminal.ofProcess(System.getenv()), arguments);
    // exit() loads all logging classes, because it can log the call
    if (code != ExitCode.DONE) {
      System.exit(code);
    }
  }

  /** Runs one command and returns its {@link ExitCode}. */
  static int run(Terminal terminal, String... arguments) {
    StringWriter help = new StringWriter();
    try {
      int code =
          commandLine(terminal, commandsFor(arguments))
              .setOut(new PrintWriter(help))
              .execute(arguments);
      // through a string, because a PrintWriter hides write errors
      terminal.out().write(help.toString());
      terminal.out().flush();
      return code;
    } catch (IOException e) {
      return onFailure(e, terminal);
    } catch (LinkageError e) {
      if (!OutOfFiles.isCauseOf(e)) {
        throw e;
      }
      terminal.say(OutOfFiles.ADVICE);
      return ExitCode.REFUSED;
    }
  }

  /**
   * The command line with all its commands. The completion scripts and manual pages are made from
   * it.
   */
  public static CommandLine commandLine() {
    return commandLine(Terminal.ofProcess(Map.of()), COMMANDS);
  }

  /** The version of this program from its jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version != null ? version : "unpackaged";
  }

  /**
   * Only the command that the first argument names, if it names one. Picocli examines every option
   * of every command that it gets, which takes a third of the run time of {@code list}.
   */
  private static List<String> commandsFor(String... arguments) {
    String first = arguments.length == 0 ? "help" : arguments[0];
    boolean needsAll = first.equals("help") || first.equals("completion");
    return COMMANDS.contains(first) && !needsAll ? List.of(first) : COMMANDS;
  }

  private static CommandLine commandLine(Terminal terminal, List<String> names) {
    CommandLine line = new CommandLine(root(terminal));
    for (String name : names) {
      CommandLine command = new CommandLine(command(name, terminal));
      command.getCommandSpec().name(name);
      addEndOfHelp(command.getCommandSpec().usageMessage());
      if (name.equals("exec")) {
        command.getCommandSpec().usageMessage().exitCodeList(ExecCommand.exitCodes(exitCodes()));
      }
      if (name.equals("serve")) {
        command.getCommandSpec().usageMessage().exitCodeList(ServeCommand.exitCodes());
      }
      // a value may be negative; then it is not an option
      command.setUnmatchedOptionsArePositionalParams(name.equals("set"));
      // arguments after the program's name belong to the program
      command.setStopAtPositional(name.equals("exec"));
      line.addSubcommand(name, command);
    }
    return line.setErr(new PrintWriter(terminal.err(), true))
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Integer.class, new WholeNumber())
        .registerConverter(int.class, new WholeNumber())
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
        .setUsageHelpWidth(terminal.columns() == 0 ? 100 : Math.clamp(terminal.columns(), 60, 100))
        .setParameterExceptionHandler((e, arguments) -> onWrongUsage(e, terminal))
        .setExecutionExceptionHandler((e, at, parsed) -> onFailure(e, terminal));
  }

  private static CommandSpec command(String name, Terminal terminal) {
    Subcommand command =
        switch (name) {
          case "serve" -> new ServeCommand(terminal);
          case "demo" -> new DemoCommand(terminal);
          case "bench" -> new BenchCommand(terminal);
          case "list" -> new ListCommand(terminal);
          case "show" -> new ShowCommand(terminal);
          case "get" -> new GetCommand(terminal);
          case "set" -> new SetCommand(terminal);
          case "open" -> new OpenCommand(terminal);
          case "exec" -> new ExecCommand(terminal);
          case "close" -> new CloseCommand(terminal);
          case "retain" -> new RetainCommand(terminal);
          case "allow" -> new AllowCommand(terminal);
          case "revoke" -> new RevokeCommand(terminal);
          case "sessions" -> new SessionsCommand(terminal);
          case "end" -> new EndCommand(terminal);
          case "upgrade" -> new UpgradeCommand(terminal);
          case "reload" -> new ReloadCommand(terminal);
          case "check" -> new CheckCommand(terminal);
          case "policy" -> new PolicyCommand(terminal);
          case "watch" -> new WatchCommand(terminal);
          case "top" -> new TopCommand(terminal);
          case "web" -> new WebCommand(terminal);
          case "metrics" -> new MetricsCommand(terminal);
          case "dump" -> new DumpCommand(terminal);
          case "ping" -> new PingCommand(terminal);
          case "version" -> new VersionCommand(terminal);
          case "completion" -> new CompletionCommand(terminal);
          case "help" -> new HelpCommand();
          default -> throw new AssertionError(name);
        };
    return command.spec().addOption(helpOption());
  }

  private static CommandSpec root(Terminal terminal) {
    Callable<Integer> noCommand = () -> noCommand(terminal);
    CommandSpec root = CommandSpec.wrapWithoutInspection(noCommand).name("sockbroker");
    root.versionProvider(() -> new String[] {"sockbroker " + version()});
    root.addOption(helpOption());
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Show the version and exit.")
            .build());
    root.usageMessage()
        .header("Owns sockets for other processes, which share them through descriptors.")
        .description(
            "'serve' runs the broker. 'exec' runs a program with sockets of the broker. The other"
                + " commands show and change what the broker has.")
        .synopsisSubcommandLabel("COMMAND")
        .commandListHeading("%nCommands:%n")
        .footer(
            "  sockbroker serve",
            "  sockbroker open --name web --retain 60s tcp-listen:127.0.0.1:8080",
            "  sockbroker list",
            "",
            "More on each: sockbroker help COMMAND");
    addEndOfHelp(root.usageMessage());
    return root;
  }

  private static OptionSpec helpOption() {
    return OptionSpec.builder("-h", "--help")
        .usageHelp(true)
        .description("Show this help and exit.")
        .build();
  }

  private static void addEndOfHelp(UsageMessageSpec usage) {
    usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(exitCodes());
    if (usage.footer().length > 0) {
      usage.footerHeading("%nExample:%n");
    }
  }

  private static int noCommand(Terminal terminal) {
    commandLine(terminal, COMMANDS).usage(terminal.err());
    return ExitCode.USAGE;
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put(" " + ExitCode.DONE, "done");
    codes.put(" " + ExitCode.REFUSED, "refused by the broker, or failed");
    codes.put(" " + ExitCode.USAGE, "wrong usage");
    codes.put(" " + ExitCode.NO_SUCH_THING, "no such socket, descriptor, token or session");
    codes.put(" " + ExitCode.UNREACHABLE, "no broker answers, or the connection was lost");
    return codes;
  }

  private static int onWrongUsage(CommandLine.ParameterException e, Terminal terminal) {
    CommandLine command = e.getCommandLine();
    terminal.say(Terminal.printable(inOwnWords(e)));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr());
    CommandSpec spec = command.getCommandSpec();
    terminal.say("for help: " + spec.qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  /**
   * Picocli speaks of unmatched arguments, repeats a word in its messages, and calls every pair
   * KEY=VALUE.
   */
  private static String inOwnWords(CommandLine.ParameterException e) {
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().getFirst();
      if (first.startsWith("-")) {
        return "there is no option '" + first + "'";
      }
      boolean isCommand = e.getCommandLine().getParent() == null;
      return (isCommand ? "there is no command '" : "unexpected argument '") + first + "'";
    }
    return e.getMessage()
        .replace("option option", "option")
        .replaceAll("\\((.*)\\) should be in KEY=VALUE format but was", "should be $1 but was");
  }

  private static int onFailure(Exception e, Terminal terminal) {
    return switch (e) {
      case Exception _ when OutOfFiles.isCauseOf(e) -> {
        terminal.say(OutOfFiles.ADVICE);
        yield ExitCode.REFUSED;
      }
      case BrokerRefusedException refused -> {
        terminal.say(Terminal.printable(refused.getMessage()));
        yield refused.isNoSuchThing() ? ExitCode.NO_SUCH_THING : ExitCode.REFUSED;
      }
      case BrokerUnreachableException unreachable -> {
        terminal.say(unreachable.getMessage());
        yield ExitCode.UNREACHABLE;
      }
      // the reader of the output has read enough, as head(1) does
      case IOException io when "Broken pipe".equals(io.getMessage()) -> ExitCode.DONE;
      case IOException io -> {
        terminal.say(Terminal.printable(FileErrors.text(io)));
        yield ExitCode.REFUSED;
      }
      default -> {
        terminal.say("this is a bug in sockbroker; please report it:");
        e.printStackTrace(terminal.err());
        yield ExitCode.REFUSED;
      }
    };
  }
}
