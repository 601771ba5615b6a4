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
              "A path: the broker's own socket. An id like s17: only descriptors of that socket."
                  + " Both can be given.")
          .auxiliaryTypes(String.class)
          .build();
  private final OptionSpec pid =
      Subcommand.option("--pid", "PID", Integer.class, "Only descriptors of this process.").build();
  private final OptionSpec name =
      Subcommand.option("--name", "NAME", String.class, "Only the socket with this name.").build();
  private final OptionSpec state =
      Subcommand.option(
              "--state",
              "STATE",
              SocketState.class,
              "Only sockets in this state: ${COMPLETION-CANDIDATES}.")
          .completionCandidates(STATES)
          .converters(ListCommand::state)
          .build();
  private final OptionSpec json =
      Subcommand.flag("--json", "Write one JSON object with exact numbers.");
  private final OptionSpec of =
      Subcommand.option(
              "--of",
              "LISTENER",
              String.class,
              "Only connections that this listener accepted: its name or s17.")
          .build();
  private final TableOptions table = new TableOptions(DescriptorTable.COLUMNS);
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this)
          .addOption(sockets)
          .addOption(pid)
          .addOption(name)
          .addOption(state)
          .addOption(of)
          .addOption(json);
  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
    table.addTo(spec);
    spec.usageMessage()
        .header("List descriptors and their holders.")
        .description(
            "Writes one line for each descriptor, and one for each socket without a holder.",
            "On a terminal, the table fits the width: it leaves out the least important columns.",
            "QUEUED-IN of a listener is the number of connections that wait to be accepted. 12!"
                + " means that nobody accepts them: no accept is waiting, nobody is registered for"
                + " ACCEPT, and no holder has the raw fd. A RETENTION of 43s/1m means that nobody"
                + " holds the socket, and 43 of its 60 seconds remain.")
        .footer(
            "  sockbroker list --state listening",
            "  sockbroker list --of web --columns id,peer,in,out --sort -in",
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
      DescriptorPages pages = new DescriptorPages(broker, filter(broker));
      if (Subcommand.isGiven(json)) {
        writeJson(pages, processes);
      } else {
        writeTable(pages, processes);
      }
    }
    return ExitCode.DONE;
  }

  private DescriptorPages.Filter filter(BrokerConnection broker) throws IOException {
    return new DescriptorPages.Filter(
        pid.getValue(), name.getValue(), socketId(), state.getValue(), listener(broker));
  }

  /** A socket id needs no lookup, so the connections of a closed listener can be found too. */
  private Long listener(BrokerConnection broker) throws IOException {
    String wanted = of.getValue();
    if (wanted == null) {
      return null;
    }
    long id = Ids.parse('s', wanted);
    return id >= 0 ? (Long) id : (Long) broker.show(wanted).socket();
  }

  /** Sorting needs all rows at once. Otherwise it reads one page at a time. */
  private List<DescriptorInfo> next(DescriptorPages pages, Processes processes) throws IOException {
    return table.isSorted()
        ? table.sorted(pages.rest(), (title, row) -> DescriptorOrder.key(title, row, processes))
        : pages.next();
  }

  private void writeTable(DescriptorPages pages, Processes processes) throws IOException {
    DescriptorTable rows = new DescriptorTable(terminal, processes, table.table(terminal));
    do {
      rows.write(next(pages, processes));
    } while (pages.hasNext());
    terminal.out().flush();
    rows.end();
  }

  private void writeJson(DescriptorPages pages, Processes processes) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () ->
              out.array(
                  "descriptors",
                  () -> {
                    do {
                      for (DescriptorInfo row : next(pages, processes)) {
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
          "'" + text + "' is not a state (expected one of: " + String.join(", ", STATES) + ")");
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
        .orElseGet(SocketPaths::clientPath);
  }

  private Long socketId() {
    return givenSockets()
        .map(it -> Ids.parse('s', it))
        .filter(it -> it >= 0)
        .findFirst()
        .orElse(null);
  }
}
