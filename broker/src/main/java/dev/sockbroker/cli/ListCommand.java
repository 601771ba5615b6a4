package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.SocketState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

final class ListCommand implements Subcommand {
  private static final List<String> STATES =
      Stream.of(SocketState.values()).map(it -> it.name().toLowerCase(Locale.ROOT)).toList();

  private final OptionSpec sockets =
      Subcommand.option(
              "--socket",
              "PATH|ID",
              List.class,
              "A path: the broker's own socket.",
              "An id like s17: only descriptors of that socket. Both can be given.")
          .auxiliaryTypes(String.class)
          .build();
  private final OptionSpec pid =
      Subcommand.option("--pid", "PID", Integer.class, "Only what that process holds.").build();
  private final OptionSpec name =
      Subcommand.option("--name", "NAME", String.class, "Only the socket of that name.").build();
  private final OptionSpec state =
      Subcommand.option(
              "--state",
              "STATE",
              SocketState.class,
              "Only sockets in that state: ${COMPLETION-CANDIDATES}.")
          .completionCandidates(STATES)
          .converters(ListCommand::state)
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "One JSON object with exact numbers.");
  private final OptionSpec wide =
      Subcommand.flag("--wide", "All columns, also on a narrow terminal.");
  private final OptionSpec noHeader = Subcommand.flag("--no-header", "No line of titles.");
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(sockets)
          .addOption(pid)
          .addOption(name)
          .addOption(state)
          .addOption(json)
          .addOption(wide)
          .addOption(noHeader);
  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("List descriptors: who holds what.")
        .description(
            "One line for each descriptor, and for each socket that nobody holds.",
            "On a terminal the table is fitted to its width: the least important columns are left"
                + " out.")
        .footer(
            "  sockbroker list --state listening",
            "  sockbroker list --json | jq '.descriptors[] | select(.queuedIn > 0)'");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = BrokerConnection.open(brokerPath(), "sockbroker list")) {
      Processes processes = Processes.seenBy(broker.welcome().pid());
      DescriptorPages pages =
          new DescriptorPages(
              broker, pid.getValue(), name.getValue(), socketId(), state.getValue());
      if (Subcommand.isGiven(json)) {
        writeJson(pages, processes);
      } else {
        writeTable(pages, processes);
      }
    }
    return ExitCode.DONE;
  }

  private void writeTable(DescriptorPages pages, Processes processes) throws IOException {
    DescriptorTable table =
        new DescriptorTable(
            terminal, processes, Subcommand.isGiven(wide), !Subcommand.isGiven(noHeader));
    do {
      table.write(pages.next());
    } while (pages.hasNext());
    terminal.out().flush();
    table.end();
  }

  private void writeJson(DescriptorPages pages, Processes processes) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () ->
              out.array(
                  "descriptors",
                  () -> {
                    do {
                      for (DescriptorInfo row : pages.next()) {
                        out.descriptor(row, processes);
                      }
                    } while (pages.hasNext());
                  }));
    }
  }

  private static SocketState state(String text) {
    int index = STATES.indexOf(text.toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw new TypeConversionException(
          "'" + text + "' is no state (expected one of: " + String.join(", ", STATES) + ")");
    }
    return SocketState.values()[index];
  }

  private Stream<String> givenSockets() {
    List<String> given = sockets.getValue();
    return given == null ? Stream.empty() : given.stream();
  }

  private Path brokerPath() {
    return givenSockets()
        .filter(it -> Ids.parse('s', it) < 0)
        .findFirst()
        .map(Path::of)
        .orElseGet(SocketPaths::defaultPath);
  }

  private Long socketId() {
    return givenSockets()
        .map(it -> Ids.parse('s', it))
        .filter(it -> it >= 0)
        .findFirst()
        .orElse(null);
  }
}
