package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class DumpCommand implements Subcommand {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private static final long LONGEST_MILLIS = 60_000;

  private static final String ABOUT =
      """
      What a bug report about sockbroker needs. It contains no tokens, no keys and no bytes of
      clients, but it does contain names, addresses, pids, user names and command names. Look through
      it before you publish it.

      broker.txt     version and counters
      limits.txt     the limits in force
      metrics.txt    everything that is counted
      list.json      descriptors and sockets
      sessions.json  clients
      log.txt        the last lines of the broker's log
      threads.txt    what each thread was doing
      recording.jfr  what the virtual machine did for some seconds: jfr print recording.jfr
      """;

  private final SocketOption socket = new SocketOption();
  private final OptionSpec output =
      Subcommand.option(
              "--output",
              "FILE",
              Path.class,
              "The zip file to write. It must not exist. Default: sockbroker-TIME.zip.")
          .names("-o", "--output")
          .build();
  private final OptionSpec time =
      Subcommand.option(
              "--record",
              "TIME",
              long.class,
              "How long to record, at most 60s; 0s records nothing. Default: ${DEFAULT-VALUE}.")
          .defaultValue("10s")
          .converters(new DurationConverter())
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(socket.option())
          .addOption(output)
          .addOption(time);
  private final Terminal terminal;

  DumpCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Collect what a bug report needs, in one zip file.")
        .description(
            "For administrators. Version, limits, counters, list, sessions, the last lines of the"
                + " log, threads, and a recording of the virtual machine.",
            "The file contains no tokens, keys and bytes, but names, addresses and users.")
        .footer("  sockbroker dump", "  sockbroker dump --record 0s -o /tmp/broker.zip");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    long millis = time.getValue();
    if (millis < 0 || millis > LONGEST_MILLIS) {
      throw new ParameterException(spec.commandLine(), "--record must be 0s to 60s");
    }
    Path file = output.getValue();
    if (file == null) {
      file = Path.of("sockbroker-" + TIME.format(Instant.now()) + ".zip");
    }
    try (BrokerConnection broker = socket.connect("dump");
        StatusLine status = StatusLine.of(terminal);
        DumpFile dump = DumpFile.create(file)) {
      dump.add("README.txt", ABOUT.getBytes(StandardCharsets.UTF_8));
      record(broker, millis, status);
      dump.addCommand("broker.txt", "show", "--broker", "--socket", socket.path().toString());
      dump.addReport("limits.txt", broker, ReportKind.LIMITS);
      dump.addReport("metrics.txt", broker, ReportKind.METRICS);
      dump.addCommand("list.json", "list", "--json", "--socket", socket.path().toString());
      dump.addCommand("sessions.json", "sessions", "--json", "--socket", socket.path().toString());
      dump.addReport("log.txt", broker, ReportKind.LOG);
      dump.addReport("threads.txt", broker, ReportKind.THREADS);
      if (millis > 0) {
        String recording = ReportText.read(broker, ReportKind.RECORDING);
        dump.add("recording.jfr", Base64.getDecoder().decode(recording));
      }
      dump.finish();
    }
    terminal.line("wrote " + file);
    terminal.out().flush();
    return ExitCode.DONE;
  }

  private static void record(BrokerConnection broker, long millis, StatusLine status)
      throws IOException, InterruptedException {
    if (millis > 0) {
      broker.call(new Request.StartRecording(), Reply.Done.class);
      status.show("recording for " + Durations.format(millis));
      Thread.sleep(millis);
    }
  }
}
