package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Shown;
import dev.sockbroker.protocol.Reply.TokenInfo;
import dev.sockbroker.text.Durations;
import dev.sockbroker.text.Kind;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the output of {@code show} for one socket. */
final class SocketDetails {
  /** The same in each row, and in the fields above the table. */
  private static final Set<String> OF_THE_SOCKET =
      Set.of(
          "SOCKET",
          "NAME",
          "OWNER",
          "KIND",
          "LOCAL",
          "PEER",
          "STATE",
          "LISTENER",
          "REGISTRATION",
          "QUEUED-IN",
          "QUEUED-OUT",
          "RETENTION",
          "INODE");

  /** Those of a list. The first to be left out are the columns of the socket. */
  private static final List<Column> HOLDER_COLUMNS =
      DescriptorTable.COLUMNS.stream()
          .map(
              it ->
                  OF_THE_SOCKET.contains(it.title())
                      ? new Column(it.title(), 0, it.number(), it.cut())
                      : it)
          .toList();

  private static final List<Column> TOKEN_COLUMNS =
      List.of(
          new Column("TOKEN", 5, false, Cut.NEVER),
          new Column("FROM SESSION", 3, true, Cut.NEVER),
          new Column("FOR", 4, false, Cut.KEEP_START),
          new Column("RIGHTS", 1, false, Cut.KEEP_START),
          new Column("EXPIRES IN", 2, true, Cut.NEVER));

  private final Terminal terminal;

  SocketDetails(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * @param holders all holders
   */
  void write(Shown it, List<DescriptorInfo> holders, Processes processes, boolean wide)
      throws IOException {
    fields(it, holders, processes).write(terminal);
    if (!holders.isEmpty()) {
      heading("holders");
      int width = wide ? 0 : terminal.columns();
      Table rows = new Table(HOLDER_COLUMNS, width, true, terminal.colour());
      DescriptorTable table = new DescriptorTable(terminal, processes, rows);
      table.write(holders);
      terminal.out().flush();
      table.end();
    }
    if (!isEmpty(it.tokens())) {
      heading("tokens");
      List<String[]> rows = it.tokens().stream().map(SocketDetails::token).toList();
      new Table(TOKEN_COLUMNS, terminal.columns(), true, terminal.colour()).write(rows, terminal);
      if (it.moreTokens() > 0) {
        terminal.line("and " + it.moreTokens() + " more");
      }
    }
    if (it.options() != null && !it.options().isEmpty()) {
      heading("options");
      writeOptions(it.options());
    }
  }

  private static Fields fields(Shown it, List<DescriptorInfo> holders, Processes processes) {
    Fields fields =
        new Fields()
            .add("socket", Ids.socket(it.socket()))
            .add("name", Names.shown(it.name()))
            .add("kind", Kind.of(it.family(), it.type()))
            .add("state", it.state())
            .add("local", it.local())
            .add("peer", it.peer())
            .add("blocking", it.blocking() ? "yes" : "no")
            .add("pending error", it.error())
            .add("registration", DescriptorTable.registration(it.registration()))
            .add("standbys", standbys(holders))
            .add("waiting", waiting(it))
            .add("age", Durations.format(it.ageMillis()))
            .add("inode", it.inode());
    if (it.listener() != 0) {
      fields.add("accepted from", Ids.socket(it.listener()));
    }
    if (it.name() != null) {
      fields
          .add("owner", DescriptorTable.user(it.ownerUid(), processes))
          .add("retention", DescriptorTable.retention(it.retainMillis(), it.closesInMillis()))
          .add("join rights", NamedSocket.rights(it.joinRights()))
          .add("others' rights", NamedSocket.rights(it.otherRights()));
    }
    return fields;
  }

  private static String waiting(Shown it) {
    String operations = it.waitingIn() + " in, " + it.waitingOut() + " out";
    return it.unattended() ? operations + "; nobody accepts the queued connections" : operations;
  }

  /** The standbys in the order of promotion: {@code d43#2,d42#1}. Null without standbys. */
  private static String standbys(List<DescriptorInfo> holders) {
    List<String> all =
        standingBy(holders).stream()
            .map(holder -> Ids.descriptor(holder.id()) + "#" + holder.standby())
            .toList();
    return all.isEmpty() ? null : String.join(",", all);
  }

  /** The holder that was replaced last has the highest number. */
  private static List<DescriptorInfo> standingBy(List<DescriptorInfo> holders) {
    return holders.stream()
        .filter(holder -> holder.standby() != 0)
        .sorted(Comparator.comparingLong(DescriptorInfo::standby).reversed())
        .toList();
  }

  private void writeOptions(Map<String, Object> options) throws IOException {
    Fields fields = new Fields();
    Map<String, Map<?, ?>> tooLong = new LinkedHashMap<>();
    for (Map.Entry<String, Object> option : options.entrySet()) {
      String text = OptionValue.format(option.getValue());
      if (option.getValue() instanceof Map<?, ?> parts
          && terminal.columns() > 0
          && text.length() > terminal.columns() / 2) {
        tooLong.put(option.getKey(), parts);
      } else {
        fields.add(option.getKey(), text);
      }
    }
    fields.write(terminal);
    for (Map.Entry<String, Map<?, ?>> option : tooLong.entrySet()) {
      writeParts(option.getKey(), option.getValue());
    }
  }

  /** Writes an option with many numbers, such as TCP_INFO, with as many per line as fit. */
  private void writeParts(String name, Map<?, ?> parts) throws IOException {
    terminal.line(name);
    String indent = "  ";
    String text =
        parts.entrySet().stream()
            .map(it -> Terminal.printable(it.getKey() + "=" + it.getValue()))
            .collect(Collectors.joining(" "));
    terminal.line(indent + Words.wrap(text, terminal.columns() - indent.length(), indent));
  }

  private void heading(String title) throws IOException {
    terminal.line("");
    terminal.line(title + ":");
  }

  private static String[] token(TokenInfo it) {
    return new String[] {
      it.id(),
      Long.toString(it.session()),
      target(it),
      DescriptorTable.rights(it.rights()),
      it.expiryMillis() == null ? null : Durations.format(it.expiryMillis())
    };
  }

  private static String target(TokenInfo it) {
    if (it.pid() != null) {
      return "pid " + it.pid();
    }
    return it.targetSession() != null ? "session " + it.targetSession() : "uid " + it.uid();
  }

  /**
   * @param holders all holders
   */
  static void writeJson(
      Shown it, List<DescriptorInfo> holders, Processes processes, Terminal terminal)
      throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(
          () -> {
            out.socket("socket", it.socket());
            out.field("name", it.name());
            out.field("ownerUid", it.ownerUid());
            out.field("kind", Kind.of(it.family(), it.type()));
            out.field("protocol", it.protocol());
            out.address("local", it.local());
            out.address("peer", it.peer());
            out.field("state", it.state());
            out.field("blocking", it.blocking());
            out.field("error", it.error());
            out.field("retainMillis", it.retainMillis());
            out.field("closesInMillis", it.closesInMillis());
            out.field("joinRights", it.joinRights());
            out.field("otherRights", it.otherRights());
            out.field("waitingIn", it.waitingIn());
            out.field("waitingOut", it.waitingOut());
            out.field("ageMillis", it.ageMillis());
            out.field("inode", it.inode());
            out.socket("listener", it.listener());
            out.field("unattended", it.unattended());
            out.registration(it.registration());
            out.array("standbys", () -> writeStandbys(holders, out));
            writeJsonLists(it, holders, processes, out);
            out.field("options", it.options() == null ? Map.of() : it.options());
          });
    }
  }

  private static void writeStandbys(List<DescriptorInfo> holders, JsonOutput out)
      throws IOException {
    for (DescriptorInfo holder : standingBy(holders)) {
      out.standby(holder);
    }
  }

  private static void writeJsonLists(
      Shown it, List<DescriptorInfo> holders, Processes processes, JsonOutput out)
      throws IOException {
    out.array(
        "holders",
        () -> {
          for (DescriptorInfo holder : holders) {
            out.descriptor(holder, processes);
          }
        });
    out.array(
        "tokens",
        () -> {
          for (TokenInfo token : orEmpty(it.tokens())) {
            out.object(
                () -> {
                  out.field("token", token.id());
                  out.field("session", token.session());
                  out.field("targetPid", token.pid());
                  out.field("targetSession", token.targetSession());
                  out.field("targetUid", token.uid());
                  out.field("rights", token.rights());
                  out.field("expiryMillis", token.expiryMillis());
                });
          }
        });
    out.field("moreTokens", it.moreTokens());
  }

  private static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }

  private static boolean isEmpty(List<?> list) {
    return list == null || list.isEmpty();
  }
}
