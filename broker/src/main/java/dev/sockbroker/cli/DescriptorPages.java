package dev.sockbroker.cli;

import dev.sockbroker.cli.BrokerConnection.Asked;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Listing;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketState;
import java.io.IOException;
import java.util.List;

/**
 * The broker's list a page at a time, so that a long one needs no memory. One page is asked for
 * ahead: the broker makes it while the one before is shown.
 */
final class DescriptorPages {
  private final BrokerConnection broker;
  private final Integer pid;
  private final String name;
  private final Long socket;
  private final SocketState state;
  private Asked<Listing> asked;

  /** What is null does not filter. */
  DescriptorPages(BrokerConnection broker, Integer pid, String name, Long socket, SocketState state)
      throws IOException {
    this.broker = broker;
    this.pid = pid;
    this.name = name;
    this.socket = socket;
    this.state = state;
    ask(0, 0);
  }

  boolean hasNext() {
    return asked != null;
  }

  /** The next page; it can be empty, also where others follow. */
  List<DescriptorInfo> next() throws IOException {
    Listing page = broker.await(asked);
    List<DescriptorInfo> rows = page.rows() == null ? List.of() : page.rows();
    asked = null;
    if (page.more()) {
      ask(page.afterSocket(), page.afterDescriptor());
    }
    return rows;
  }

  private void ask(long afterSocket, long afterDescriptor) throws IOException {
    Request list =
        new Request.ListDescriptors(afterSocket, afterDescriptor, pid, name, socket, state);
    asked = broker.ask(list, Listing.class);
  }
}
