package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import dev.sockbroker.protocol.Reply.SessionInfo;
import dev.sockbroker.protocol.Reply.Sessions;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class SessionsCommand implements Subcommand {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("SESSION", 12, true, Cut.NEVER),
          new Column("PID", 11, true, Cut.NEVER),
          new Column("USER", 10, false, Cut.KEEP_START),
          new Column("COMMAND", 9, false, Cut.KEEP_START),
          new Column("CLIENT", 5, false, Cut.KEEP_START),
          new Column("ADMIN", 3, false, Cut.NEVER),
          new Column("LIFETIME", 2, false, Cut.NEVER),
          new Column("DESCRIPTORS", 8, true, Cut.NEVER),
          new Column("TOKENS", 4, true, Cut.NEVER),
          new Column("WAITING", 6, true, Cut.NEVER),
          new Column("AGE", 1, true, Cut.NEVER),
          new Column("IDLE", 7, true, Cut.NEVER));

  private final SocketOption socket = new SocketOption();
  private final OptionSpec json =
      Subcommand.flag("--json", "Write one JSON object with exact numbers.");
  private final TableOptions table = new TableOptions(COLUMNS);
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addOption(json);
  private final Terminal terminal;

  SessionsCommand(Terminal terminal) {
    this.terminal = terminal;
    table.addTo(spec);
    spec.usageMessage()
        .header("List sessions: who is connected.")
        .description(
            "Administrators (root and the broker's own user) see all sessions, other users their"
                + " own.",
            "IDLE is the time since the last request. A session without a LIFETIME has not said"
                + " hello yet.")
        .footer(
            "  sockbroker sessions",
            "  sockbroker sessions --sort -idle",
            "  sockbroker sessions --json | jq '.sessions[].pid'");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = socket.connect("sessions")) {
      Processes processes = Processes.seenBy(broker.welcome().pid());
      List<SessionInfo> sessions =
          table.sorted(sessions(broker), (title, it) -> key(title, it, processes));
      if (Subcommand.isGiven(json)) {
        writeJson(sessions, processes);
      } else {
        writeTable(sessions, processes);
      }
    }
    return ExitCode.DONE;
  }

  static List<SessionInfo> sessions(BrokerConnection broker) throws IOException {
    List<SessionInfo> all = new ArrayList<>();
    Sessions page;
    do {
      long after = all.isEmpty() ? 0 : all.getLast().id();
      page = broker.call(new Request.ListSessions(after), Sessions.class);
      all.addAll(page.rows() == null ? List.of() : page.rows());
    } while (page.more());
    return all;
  }

  private void writeTable(List<SessionInfo> sessions, Processes processes) throws IOException {
    Table rows = table.table(terminal);
    rows.write(sessions.stream().map(it -> cells(it, processes)).toList(), terminal);
    terminal.out().flush();
    rows.end(terminal);
  }

  /** The key for {@code --sort}. Null if the table shows a dash. */
  private static Comparable<?> key(String title, SessionInfo it, Processes processes) {
    return switch (title) {
      case "SESSION" -> it.id();
      case "PID" -> it.pid() == 0 ? null : (Integer) it.pid();
      case "DESCRIPTORS" -> it.descriptors();
      case "TOKENS" -> it.tokens();
      case "WAITING" -> it.waitingOperations();
      case "AGE" -> it.ageMillis();
      case "IDLE" -> it.idleMillis();
      default -> cells(it, processes)[titles().indexOf(title)];
    };
  }

  private static List<String> titles() {
    return COLUMNS.stream().map(Column::title).toList();
  }

  private static String[] cells(SessionInfo it, Processes processes) {
    return new String[] {
      Long.toString(it.id()),
      it.pid() == 0 ? null : Integer.toString(it.pid()),
      DescriptorTable.user(it.uid(), processes),
      processes.command(it.pid()),
      it.client(),
      it.administrator() ? "yes" : null,
      it.welcomed() ? it.lifetime().name() : null,
      Integer.toString(it.descriptors()),
      Integer.toString(it.tokens()),
      Integer.toString(it.waitingOperations()),
      Durations.format(it.ageMillis()),
      Durations.format(it.idleMillis())
    };
  }

  private void writeJson(List<SessionInfo> sessions, Processes processes) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () ->
              out.array(
                  "sessions",
                  () -> {
                    for (SessionInfo it : sessions) {
                      out.object(() -> writeFields(it, processes, out));
                    }
                  }));
    }
  }

  static void writeFields(SessionInfo it, Processes processes, JsonOutput out) throws IOException {
    out.field("session", it.id());
    out.field("pid", JsonOutput.pid(it.pid()));
    out.field("uid", it.uid());
    out.field("user", processes.user(it.uid()));
    out.field("command", processes.command(it.pid()));
    out.field("client", it.client());
    out.field("welcomed", it.welcomed());
    out.field("administrator", it.administrator());
    out.field("lifetime", it.lifetime());
    out.field("ageMillis", it.ageMillis());
    out.field("idleMillis", it.idleMillis());
    out.field("descriptors", it.descriptors());
    out.field("tokens", it.tokens());
    out.field("waitingOperations", it.waitingOperations());
  }
}
