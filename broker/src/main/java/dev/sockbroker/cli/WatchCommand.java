package dev.sockbroker.cli;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class WatchCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object per line.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addOption(json);
  private final Terminal terminal;

  WatchCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Report what happens in the broker, one line per event, until interrupted.")
        .description(
            "Reports sessions, opened, joined and closed sockets, tokens, registrations,"
                + " revocations.",
            "Says who holds what, not what holders do with it: it reports no options that were set"
                + " and no bytes that were moved. 'show' has the current options.",
            "A watcher that reads too slowly misses events, and is told how many. It slows nobody"
                + " down.")
        .footer(
            "  sockbroker watch",
            "  sockbroker watch --json | jq -r 'select(.what == \"REPLACED\") | .descriptor'");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("watch")) {
      broker.call(new Request.Watch(true), Reply.Done.class);
      Processes processes = Processes.seenBy(broker.welcome().pid());
      while (true) {
        switch (broker.nextEvent()) {
          case Event.Happening happening -> write(happening, processes);
          case Event.Stopping stopping -> {
            terminal.say("the broker is stopping: " + Terminal.printable(stopping.reason()));
            return ExitCode.UNREACHABLE;
          }
          default -> {
            // this session has no descriptor, so no other event concerns it
          }
        }
      }
    }
  }

  private void write(Event.Happening it, Processes processes) throws IOException {
    if (Subcommand.isGiven(json)) {
      writeJson(it, processes);
      return;
    }
    if (it.lost() > 0) {
      terminal.say(it.lost() + " events were missed");
    }
    terminal.line(line(it, processes, ZoneId.systemDefault()));
    terminal.out().flush();
  }

  static String line(Event.Happening it, Processes processes, ZoneId zone) {
    LocalTime time =
        Instant.ofEpochMilli(it.timeMillis())
            .truncatedTo(ChronoUnit.MILLIS)
            .atZone(zone)
            .toLocalTime();
    StringBuilder line = new StringBuilder("%tT.%<tL".formatted(time));
    line.append("  %-16s".formatted(it.what().name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    append(line, "", it.descriptor() == 0 ? null : Ids.descriptor(it.descriptor()));
    append(line, "", it.socket() == 0 ? null : Ids.socket(it.socket()));
    append(line, "session ", it.session() == 0 ? null : it.session());
    append(line, "pid ", it.pid() == 0 ? null : it.pid());
    String command = processes.command(it.pid());
    append(line, "", command == null ? null : "(" + command + ")");
    append(line, "", it.detail());
    return Terminal.printable(line.toString().stripTrailing());
  }

  private static void append(StringBuilder line, String label, Object value) {
    if (value != null) {
      line.append(' ').append(label).append(value);
    }
  }

  private void writeJson(Event.Happening it, Processes processes) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(() -> writeFields(it, processes, out));
    }
  }

  static void writeFields(Event.Happening it, Processes processes, JsonOutput out)
      throws IOException {
    out.field("timeMillis", it.timeMillis());
    out.field("what", it.what());
    out.socket("socket", it.socket());
    out.descriptor("descriptor", it.descriptor());
    out.field("session", it.session() == 0 ? null : it.session());
    out.field("pid", JsonOutput.pid(it.pid()));
    out.field("command", processes.command(it.pid()));
    out.field("detail", it.detail());
    out.field("lost", it.lost());
  }
}
