package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.SocketState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    header = "List descriptors: who holds what.",
    description = {
      "One line for each descriptor, and for each socket that nobody holds.",
      "On a terminal the table is fitted to its width: the least important columns are left out."
    },
    footer = {
      "  sockbroker list --state listening",
      "  sockbroker list --json | jq '.descriptors[] | select(.queuedIn > 0)'"
    })
final class ListCommand implements Callable<Integer> {
  @Mixin HelpOption help;

  @Option(
      names = "--socket",
      paramLabel = "PATH|ID",
      description = {
        "A path: the broker's own socket.",
        "An id like s17: only descriptors of that socket. Both can be given."
      })
  List<String> sockets = List.of();

  @Option(names = "--pid", paramLabel = "PID", description = "Only what that process holds.")
  Integer pid;

  @Option(names = "--name", paramLabel = "NAME", description = "Only the socket of that name.")
  String name;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only sockets in that state: ${COMPLETION-CANDIDATES}.")
  SocketState state;

  @Option(names = "--json", description = "One JSON object with exact numbers.")
  boolean json;

  @Option(names = "--wide", description = "All columns, also on a narrow terminal.")
  boolean wide;

  @Option(names = "--no-header", description = "No line of titles.")
  boolean noHeader;

  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (BrokerConnection broker = BrokerConnection.open(brokerPath(), "sockbroker list")) {
      Processes processes = Processes.seenBy(broker.welcome().pid());
      DescriptorPages pages = new DescriptorPages(broker, pid, name, socketId(), state);
      if (json) {
        writeJson(pages, processes);
      } else {
        writeTable(pages, processes);
      }
    }
    return ExitCode.DONE;
  }

  private void writeTable(DescriptorPages pages, Processes processes) throws IOException {
    DescriptorTable table = new DescriptorTable(terminal, processes, wide, !noHeader);
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

  private Path brokerPath() {
    return sockets.stream()
        .filter(it -> Ids.parse('s', it) < 0)
        .findFirst()
        .map(Path::of)
        .orElseGet(SocketPaths::defaultPath);
  }

  private Long socketId() {
    return sockets.stream()
        .map(it -> Ids.parse('s', it))
        .filter(it -> it >= 0)
        .findFirst()
        .orElse(null);
  }
}
