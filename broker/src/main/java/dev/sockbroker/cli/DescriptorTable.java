package dev.sockbroker.cli;

import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Registration;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.text.ByteCount;
import dev.sockbroker.text.Durations;
import dev.sockbroker.text.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** A table of descriptors, one per line. */
final class DescriptorTable {
  static final List<Column> COLUMNS =
      List.of(
          new Column("ID", 29, false, Cut.NEVER),
          new Column("SOCKET", 24, false, Cut.NEVER),
          new Column("NAME", 23, false, Cut.KEEP_START),
          new Column("OWNER", 9, false, Cut.KEEP_START),
          new Column("KIND", 19, false, Cut.NEVER),
          new Column("LOCAL", 26, false, Cut.KEEP_END),
          new Column("PEER", 18, false, Cut.KEEP_END),
          new Column("STATE", 28, false, Cut.NEVER),
          new Column("LISTENER", 3, false, Cut.NEVER),
          new Column("SESSION", 14, true, Cut.NEVER),
          new Column("PID", 27, true, Cut.NEVER),
          new Column("USER", 15, false, Cut.KEEP_START),
          new Column("COMMAND", 17, false, Cut.KEEP_START),
          new Column("CLIENT", 4, false, Cut.KEEP_START),
          new Column("RIGHTS", 13, false, Cut.KEEP_START),
          new Column("LANE", 2, false, Cut.NEVER),
          new Column("REGISTRATION", 22, false, Cut.KEEP_START),
          new Column("STANDBY", 10, true, Cut.NEVER),
          new Column("QUEUED-IN", 25, true, Cut.NEVER),
          new Column("QUEUED-OUT", 12, true, Cut.NEVER),
          new Column("IN", 8, true, Cut.NEVER),
          new Column("OUT", 7, true, Cut.NEVER),
          new Column("AGE", 6, true, Cut.NEVER),
          new Column("RETENTION", 11, true, Cut.NEVER),
          new Column("INODE", 1, true, Cut.NEVER));

  private final Table table;
  private final Terminal terminal;
  private final Processes processes;
  private boolean marked;

  DescriptorTable(Terminal terminal, Processes processes, Table table) {
    this.table = table;
    this.terminal = terminal;
    this.processes = processes;
  }

  void write(List<DescriptorInfo> rows) throws IOException {
    List<String[]> cells = new ArrayList<>(rows.size());
    for (DescriptorInfo row : rows) {
      cells.add(cells(row));
      marked |= row.unattended();
    }
    table.write(cells, terminal);
  }

  /** Explains the mark and says how many columns were left out. */
  void end() {
    table.end(terminal);
    if (marked && table.isShown("QUEUED-IN")) {
      terminal.say("! connections are queued, and nobody accepts them or gets ACCEPT events");
    }
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
      row.listener() == 0 ? null : Ids.socket(row.listener()),
      numberOrNull(row.session()),
      numberOrNull(row.pid()),
      held ? user(row.uid(), processes) : null,
      held ? command(row) : null,
      row.client(),
      rights(row.rights()),
      lane(row),
      registration(row.registration()),
      numberOrNull(row.standby()),
      ByteCount.format(row.queuedIn()) + (row.unattended() ? "!" : ""),
      ByteCount.format(row.queuedOut()),
      ByteCount.format(row.bytesIn()),
      ByteCount.format(row.bytesOut()),
      Durations.format(row.ageMillis()),
      retention(row.retainMillis(), row.closesInMillis()),
      numberOrNull(row.inode())
    };
  }

  private static String numberOrNull(long number) {
    return number == 0 ? null : Long.toString(number);
  }

  /** The retention, and the remaining time if it is running: {@code 43s/1m}. Null without one. */
  static String retention(Long millis, Long closesIn) {
    if (millis == null || millis == 0) {
      return null;
    }
    String whole = Durations.format(millis);
    return closesIn == null ? whole : Durations.format(closesIn) + "/" + whole;
  }

  /** The user's name, or the uid if it has no name. Null if there is no user. */
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

  /**
   * How bytes travel outside the frames: {@code fd} if the raw fd was exported, {@code ring} or
   * {@code stream}. Null if only in frames.
   */
  static String lane(DescriptorInfo row) {
    String attached = row.stream() ? "stream" : row.ringBytes() > 0 ? "ring" : null;
    return !row.exported() ? attached : attached == null ? "fd" : "fd," + attached;
  }

  /** The registrant, the form and the events: {@code d42:message:READ,CLOSE#7}. */
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
