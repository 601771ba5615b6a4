package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** A page of the list while it is made, and how far the list was looked at. */
final class ListPage {
  /** Sockets and descriptors looked at for one page. Those that do not match cost time as well. */
  static final int LOOKED_AT_MAX = 4000;

  private final List<Reply.DescriptorInfo> rows = new ArrayList<>();
  private final int rowsMax;
  private int lookedAt;
  private long socket;
  private long descriptor;
  private boolean more;

  /**
   * @param afterSocket and {@code afterDescriptor}: the last that the page before has looked at
   */
  ListPage(int rowsMax, long afterSocket, long afterDescriptor) {
    this.rowsMax = rowsMax;
    socket = afterSocket;
    descriptor = afterDescriptor;
  }

  /** Before one more is looked at. If there is no room for it, the page is over. */
  boolean hasTime() {
    more = lookedAt++ == LOOKED_AT_MAX;
    return !more;
  }

  /** Before a row is added. If there is no room for it, the page is over. */
  boolean hasRoom() {
    more = rows.size() == rowsMax;
    return !more;
  }

  void add(Reply.DescriptorInfo row) {
    rows.add(row);
  }

  /** The next page begins behind these. */
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
