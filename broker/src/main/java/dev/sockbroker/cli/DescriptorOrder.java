package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.text.Kind;

/** Sort keys for {@code list --sort}: the exact numbers, which the table rounds. */
final class DescriptorOrder {
  private DescriptorOrder() {}

  /** The value in a column. Null if the table shows a dash. */
  static Comparable<?> key(String title, DescriptorInfo row, Processes processes) {
    return switch (title) {
      case "ID" -> unlessZero(row.id());
      case "SOCKET" -> row.socket();
      case "NAME" -> row.name();
      case "OWNER" -> DescriptorTable.user(row.ownerUid(), processes);
      case "KIND" -> Kind.of(row.family(), row.type());
      case "LOCAL" -> DescriptorTable.text(row.local());
      case "PEER" -> DescriptorTable.text(row.peer());
      case "STATE" -> row.state();
      case "USER" -> row.id() == 0 ? null : DescriptorTable.user(row.uid(), processes);
      case "COMMAND" -> row.id() == 0 ? null : processes.command(row.pid());
      case "CLIENT" -> row.client();
      case "RIGHTS" -> DescriptorTable.rights(row.rights());
      case "LANE" -> DescriptorTable.lane(row);
      case "REGISTRATION" -> DescriptorTable.registration(row.registration());
      default -> number(title, row);
    };
  }

  private static Long number(String title, DescriptorInfo row) {
    return switch (title) {
      case "LISTENER" -> unlessZero(row.listener());
      case "SESSION" -> unlessZero(row.session());
      case "PID" -> unlessZero(row.pid());
      case "STANDBY" -> unlessZero(row.standby());
      case "QUEUED-IN" -> row.queuedIn();
      case "QUEUED-OUT" -> row.queuedOut();
      case "IN" -> row.bytesIn();
      case "OUT" -> row.bytesOut();
      case "AGE" -> row.ageMillis();
      case "RETENTION" -> retention(row);
      case "INODE" -> unlessZero(row.inode());
      default -> throw new AssertionError(title);
    };
  }

  /** Sockets that close soonest come first. Sockets that are held or stay forever come last. */
  private static Long retention(DescriptorInfo row) {
    if (row.closesInMillis() != null || row.retainMillis() == null) {
      return row.closesInMillis();
    }
    return row.retainMillis() == Request.FOREVER ? Long.MAX_VALUE : row.retainMillis();
  }

  private static Long unlessZero(long number) {
    return number == 0 ? null : (Long) number;
  }
}
