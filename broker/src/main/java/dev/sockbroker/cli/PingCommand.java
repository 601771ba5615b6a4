package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class PingCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec count =
      Subcommand.option("--count", "N", int.class, "Number of requests. Default: ${DEFAULT-VALUE}.")
          .defaultValue("5")
          .names("-c", "--count")
          .build();
  private final OptionSpec interval =
      Subcommand.option(
              "--interval",
              "TIME",
              long.class,
              "The time between two requests. Default: ${DEFAULT-VALUE}.")
          .defaultValue("200ms")
          .converters(new DurationConverter())
          .names("-i", "--interval")
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(json)
          .addOption(count)
          .addOption(interval);
  private final Terminal terminal;

  PingCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Check that the broker answers, and measure how long it takes.")
        .description("Exits with 0 if every request was answered, and with 4 if no broker answers.")
        .footer("  sockbroker ping -c 1");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int requests = count.getValue();
    long millis = interval.getValue();
    if (requests < 1 || millis < 0) {
      throw new ParameterException(
          spec.commandLine(), "--count must be 1 or more, and --interval cannot be forever");
    }
    try (BrokerConnection broker = socket.connect("ping")) {
      LongSummaryStatistics nanos = new LongSummaryStatistics();
      for (int i = 1; i <= requests; i++) {
        if (i > 1) {
          Thread.sleep(millis);
        }
        long start = System.nanoTime();
        broker.call(new Request.Ping(), Reply.Done.class);
        long time = System.nanoTime() - start;
        nanos.accept(time);
        if (!Subcommand.isGiven(json)) {
          terminal.line("answer %d of %d: %s ms".formatted(i, requests, millis(time)));
          terminal.out().flush();
        }
      }
      Reply.Welcome welcome = broker.welcome();
      terminal.answer(json, summary(welcome, nanos), out -> writeFields(welcome, nanos, out));
    }
    return ExitCode.DONE;
  }

  private static void writeFields(
      Reply.Welcome welcome, LongSummaryStatistics nanos, JsonOutput out) throws IOException {
    out.field("broker", welcome.broker());
    out.field("session", welcome.session());
    out.field("requests", nanos.getCount());
    out.field("minMicros", nanos.getMin() / 1000);
    out.field("averageMicros", (long) nanos.getAverage() / 1000);
    out.field("maxMicros", nanos.getMax() / 1000);
  }

  private static String summary(Reply.Welcome welcome, LongSummaryStatistics nanos) {
    return "broker %s, session %d: min/avg/max %s/%s/%s ms"
        .formatted(
            welcome.broker(),
            welcome.session(),
            millis(nanos.getMin()),
            millis((long) nanos.getAverage()),
            millis(nanos.getMax()));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
