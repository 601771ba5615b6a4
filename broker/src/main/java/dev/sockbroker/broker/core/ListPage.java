package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** A page of the list under construction, and how far the list was searched. */
final class ListPage {
  private final List<Reply.DescriptorInfo> rows = new ArrayList<>();
  private final int rowsMax;
  private final Looks looks;
  private long socket;
  private long descriptor;
  private boolean more;

  /**
   * @param afterSocket together with {@code afterDescriptor}, the last position that the previous
   *     page searched
   */
  ListPage(int rowsMax, long afterSocket, long afterDescriptor, Looks looks) {
    this.rowsMax = rowsMax;
    this.looks = looks;
    socket = afterSocket;
    descriptor = afterDescriptor;
  }

  /** Whether one more may be searched. If not, the page is complete. */
  boolean hasTime() {
    more = !looks.hasTime();
    return !more;
  }

  /** Whether there is room for one more row. If not, the page is complete. */
  boolean hasRoom() {
    more = rows.size() == rowsMax;
    return !more;
  }

  void add(Reply.DescriptorInfo row) {
    rows.add(row);
  }

  /** Sets the position after which the next page begins. */
  void passed(long socketId, long descriptorId) {
    socket = socketId;
    descriptor = descriptorId;
  }

  Reply.Listing reply() {
    return more
        ? new Reply.Listing(rows, true, socket, descriptor)
        : new Reply.Listing(rows, false, 0, 0);
  }
}
