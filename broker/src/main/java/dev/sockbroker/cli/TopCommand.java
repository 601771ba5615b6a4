package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.NameInfo;
import dev.sockbroker.text.Kind;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

final class TopCommand implements Subcommand {
  private static final long SHORTEST_MILLIS = 100;

  private final SocketOption socket = new SocketOption();
  private final OptionSpec interval =
      Subcommand.option(
              "--interval",
              "TIME",
              long.class,
              "The time between two looks at the broker. Default: ${DEFAULT-VALUE}.")
          .defaultValue("1s")
          .converters(new DurationConverter())
          .names("-i", "--interval")
          .build();
  private final OptionSpec once =
      Subcommand.flag("--once", "Write the table once, after one interval, and exit.");
  private final OptionSpec json =
      Subcommand.flag("--json", "Write one JSON object per interval, with exact numbers.");
  private final OptionSpec sort =
      Subcommand.option(
              "--sort",
              "COLUMN",
              NameColumn.class,
              "Sort by this column: " + names() + ". Default: accepts.")
          .converters(TopCommand::column)
          .completionCandidates(Arrays.stream(NameColumn.values()).map(TopCommand::name).toList())
          .build();
  private final OptionSpec filter =
      Subcommand.option("--filter", "TEXT", String.class, "Show only names that contain this.")
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(interval)
          .addOption(once)
          .addOption(json)
          .addOption(sort)
          .addOption(filter);
  private final Terminal terminal;

  TopCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Show what the broker is doing, refreshed every second.")
        .description(
            "One row per named socket, together with the connections accepted from it: new"
                + " connections and bytes per second, open connections, the accept queue and its"
                + " limit, waiting operations, lanes, and holders. A ! behind the queue means that"
                + " nobody is going to accept.",
            "Bytes and accepts of a raw fd are not counted, because the broker does not see them.",
            "Keys: a i o c w h n sort by accepts, in, out, connections, waiting, holders, name; /"
                + " asks for a filter; space pauses; q ends.")
        .footer("  sockbroker top", "  sockbroker top --once --sort out");
  }

  private static String names() {
    return Arrays.stream(NameColumn.values())
        .map(TopCommand::name)
        .collect(Collectors.joining(", "));
  }

  private static String name(NameColumn column) {
    return column.name().toLowerCase(Locale.ROOT);
  }

  private static NameColumn column(String text) {
    return Arrays.stream(NameColumn.values())
        .filter(it -> name(it).equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "there is no column '" + text + "' (expected: " + names() + ")"));
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    long millis = interval.getValue();
    if (millis < SHORTEST_MILLIS) {
      throw new ParameterException(spec.commandLine(), "--interval must be 100ms or more");
    }
    try (BrokerConnection broker = socket.connect("top")) {
      if (Subcommand.isGiven(json)) {
        writeJson(broker, millis);
        return ExitCode.DONE;
      }
      TopView view = new TopView(sort.getValue(), filter.getValue());
      try (Screen screen = Subcommand.isGiven(once) ? null : Screen.open(terminal)) {
        if (screen == null) {
          writeOnce(broker, millis, view);
        } else {
          new TopLoop(broker, screen, view, millis).run();
        }
      }
    }
    return ExitCode.DONE;
  }

  private void writeOnce(BrokerConnection broker, long millis, TopView view)
      throws IOException, InterruptedException {
    NameSample first = NameSample.take(broker);
    Thread.sleep(millis);
    NameRates rates = NameRates.between(first, NameSample.take(broker));
    for (String line : view.lines(rates, terminal.columns(), Integer.MAX_VALUE, false)) {
      terminal.line(line);
    }
    terminal.out().flush();
  }

  private void writeJson(BrokerConnection broker, long millis)
      throws IOException, InterruptedException {
    NameSample last = NameSample.take(broker);
    do {
      Thread.sleep(millis);
      NameSample now = NameSample.take(broker);
      NameRates rates = NameRates.between(last, now);
      last = now;
      try (JsonOutput out = new JsonOutput(terminal.bytes())) {
        out.document(() -> writeFields(rates, out));
      }
    } while (!Subcommand.isGiven(once));
  }

  private static void writeFields(NameRates rates, JsonOutput out) throws IOException {
    writeTotals(rates, out);
    out.array(
        "names",
        () -> {
          for (NameRates.Row row : rates.names()) {
            out.object(() -> writeFields(row, out));
          }
        });
  }

  /** Writes what concerns the whole broker. */
  static void writeTotals(NameRates rates, JsonOutput out) throws IOException {
    out.field("busy", rates.busy());
    out.field("requestsPerSecond", rates.requests());
    out.field("refusalsPerSecond", rates.refusals());
    out.field("acceptsPerSecond", rates.accepts());
    out.field("bytesInPerSecond", rates.bytesIn());
    out.field("bytesOutPerSecond", rates.bytesOut());
  }

  static void writeFields(NameRates.Row row, JsonOutput out) throws IOException {
    NameInfo it = row.name();
    out.field("name", it.name());
    out.socket("socket", it.socket());
    out.field("ownerUid", it.ownerUid());
    out.field("kind", it.family() == null ? null : Kind.of(it.family(), it.type()));
    out.field("state", it.state());
    out.address("local", it.local());
    out.field("acceptsPerSecond", row.accepts());
    out.field("bytesInPerSecond", row.bytesIn());
    out.field("bytesOutPerSecond", row.bytesOut());
    out.field("accepts", it.accepts());
    out.field("bytesIn", it.bytesIn());
    out.field("bytesOut", it.bytesOut());
    out.field("connections", it.connections());
    out.field("queued", it.queued());
    out.field("backlog", it.backlog());
    out.field("waiting", it.waiting());
    out.field("streams", it.streams());
    out.field("rings", it.rings());
    out.field("exports", it.exports());
    out.field("holders", it.holders());
    out.field("unattended", it.unattended());
  }
}
