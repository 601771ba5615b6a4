package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "ping",
    header = "Ask the broker whether it is there, and how long that takes.",
    description = "Ends with 0 if every request was answered, with 4 if no broker is there.",
    footer = {"  sockbroker ping -c 1"})
final class PingCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  @Option(
      names = {"-c", "--count"},
      paramLabel = "N",
      defaultValue = "5",
      description = "How many requests. Default: ${DEFAULT-VALUE}.")
  int count;

  @Option(
      names = {"-i", "--interval"},
      paramLabel = "TIME",
      defaultValue = "200ms",
      converter = Durations.class,
      description = "The time between two. Default: ${DEFAULT-VALUE}.")
  long intervalMillis;

  @Spec CommandSpec spec;

  private final Terminal terminal;

  PingCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (count < 1 || intervalMillis < 0) {
      throw new ParameterException(
          spec.commandLine(), "--count must be 1 or more, and --interval a time that ends");
    }
    try (BrokerConnection broker = socket.connect("ping")) {
      LongSummaryStatistics nanos = new LongSummaryStatistics();
      for (int i = 1; i <= count; i++) {
        if (i > 1) {
          Thread.sleep(intervalMillis);
        }
        long start = System.nanoTime();
        broker.call(new Request.Ping(), Reply.Done.class);
        long time = System.nanoTime() - start;
        nanos.accept(time);
        terminal.line("answer %d of %d: %s ms".formatted(i, count, millis(time)));
        terminal.out().flush();
      }
      terminal.line(summary(broker.welcome(), nanos));
    }
    return ExitCode.DONE;
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
