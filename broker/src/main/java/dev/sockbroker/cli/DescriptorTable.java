package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Registration;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Descriptors for people, one a line. */
final class DescriptorTable {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("ID", 20, false, Cut.NEVER),
          new Column("SOCKET", 14, false, Cut.NEVER),
          new Column("NAME", 15, false, Cut.KEEP_START),
          new Column("OWNER", 7, false, Cut.KEEP_START),
          new Column("KIND", 16, false, Cut.NEVER),
          new Column("LOCAL", 19, false, Cut.KEEP_END),
          new Column("PEER", 13, false, Cut.KEEP_END),
          new Column("STATE", 18, false, Cut.NEVER),
          new Column("PID", 17, true, Cut.NEVER),
          new Column("USER", 7, false, Cut.KEEP_START),
          new Column("COMMAND", 12, false, Cut.KEEP_START),
          new Column("CLIENT", 3, false, Cut.KEEP_START),
          new Column("RIGHTS", 10, false, Cut.KEEP_START),
          new Column("LANE", 1, false, Cut.NEVER),
          new Column("REGISTRATION", 11, false, Cut.KEEP_START),
          new Column("QUEUED-IN", 9, true, Cut.NEVER),
          new Column("QUEUED-OUT", 8, true, Cut.NEVER),
          new Column("IN", 6, true, Cut.NEVER),
          new Column("OUT", 5, true, Cut.NEVER),
          new Column("AGE", 4, true, Cut.NEVER),
          new Column("INODE", 2, true, Cut.NEVER));

  private final Table table;
  private final Terminal terminal;
  private final Processes processes;

  /**
   * @param wide all columns, whatever the terminal's width
   */
  DescriptorTable(Terminal terminal, Processes processes, boolean wide, boolean header) {
    this.table = new Table(COLUMNS, wide ? 0 : terminal.columns(), header, terminal.colour());
    this.terminal = terminal;
    this.processes = processes;
  }

  void write(List<DescriptorInfo> rows) throws IOException {
    List<String[]> cells = new ArrayList<>(rows.size());
    for (DescriptorInfo row : rows) {
      cells.add(cells(row));
    }
    table.write(cells, terminal);
  }

  /** Tells what did not fit. */
  void end() {
    table.end(terminal);
  }

  private String[] cells(DescriptorInfo row) {
    boolean held = row.id() != 0;
    return new String[] {
      held ? Ids.descriptor(row.id()) : null,
      Ids.socket(row.socket()),
      Names.shown(row.name()),
      user(row.ownerUid(), processes),
      Kind.of(row.family(), row.type()),
      text(row.local()),
      text(row.peer()),
      row.state().name(),
      row.pid() == 0 ? null : Integer.toString(row.pid()),
      held ? user(row.uid(), processes) : null,
      held ? command(row) : null,
      row.client(),
      rights(row.rights()),
      lane(row),
      registration(row.registration()),
      ByteCount.format(row.queuedIn()),
      ByteCount.format(row.queuedOut()),
      ByteCount.format(row.bytesIn()),
      ByteCount.format(row.bytesOut()),
      Durations.format(row.ageMillis()),
      row.inode() == 0 ? null : Long.toString(row.inode())
    };
  }

  /** The user's name, or the number if nobody knows one; null for nobody. */
  static String user(Long uid, Processes processes) {
    String name = uid == null ? null : processes.user(uid);
    return name != null || uid == null ? name : Long.toString(uid);
  }

  private String command(DescriptorInfo row) {
    String command = processes.command(row.pid());
    return command != null ? command : row.client();
  }

  static String text(Address address) {
    return address == null ? null : address.toString();
  }

  static String rights(Set<Right> rights) {
    if (rights == null || rights.isEmpty()) {
      return null;
    }
    return rights.size() == Right.values().length ? "all" : join(rights);
  }

  /** How bytes go beside the frames: {@code fd} if the raw fd is out, {@code ring}. */
  private static String lane(DescriptorInfo row) {
    String ring = row.ringBytes() > 0 ? "ring" : null;
    return !row.exported() ? ring : ring == null ? "fd" : "fd," + ring;
  }

  /** Who is told, by which form, of what: {@code d42:message:READ,CLOSE#7}. */
  static String registration(Registration it) {
    if (it == null) {
      return null;
    }
    Set<NetworkEvent> events = it.events() == null ? Set.of() : it.events();
    String form = it.object() == 0 ? "message" : "event";
    return Ids.descriptor(it.descriptor()) + ":" + form + ":" + join(events) + "#" + it.number();
  }

  private static String join(Collection<? extends Enum<?>> constants) {
    return String.join(",", constants.stream().sorted().map(Enum::name).toList());
  }
}
