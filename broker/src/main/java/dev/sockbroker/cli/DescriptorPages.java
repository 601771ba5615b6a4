package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Listing;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketState;
import java.io.IOException;
import java.util.List;

/** The broker's list a page at a time, so that a long one needs no memory. */
final class DescriptorPages {
  private final BrokerConnection broker;
  private final Integer pid;
  private final String name;
  private final Long socket;
  private final SocketState state;
  private long afterSocket;
  private long afterDescriptor;
  private boolean more = true;

  /** What is null does not filter. */
  DescriptorPages(
      BrokerConnection broker, Integer pid, String name, Long socket, SocketState state) {
    this.broker = broker;
    this.pid = pid;
    this.name = name;
    this.socket = socket;
    this.state = state;
  }

  boolean hasNext() {
    return more;
  }

  /** Asks for the next page; the first may be empty. */
  List<DescriptorInfo> next() throws IOException {
    Listing page =
        broker.call(
            new Request.ListDescriptors(afterSocket, afterDescriptor, pid, name, socket, state),
            Listing.class);
    List<DescriptorInfo> rows = page.rows() == null ? List.of() : page.rows();
    more = page.more() && !rows.isEmpty();
    if (more) {
      afterSocket = rows.getLast().socket();
      afterDescriptor = rows.getLast().id();
    }
    return rows;
  }
}
