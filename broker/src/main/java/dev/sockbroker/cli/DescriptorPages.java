package dev.sockbroker.cli;

import dev.sockbroker.cli.BrokerConnection.Asked;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Listing;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The broker's list in pages, so that a long list needs little memory. The next page is requested
 * in advance: the broker prepares it while the current page is printed.
 */
final class DescriptorPages {
  /**
   * The rows to list. A null field does not filter.
   *
   * @param listener only connections that this socket accepted
   */
  record Filter(Integer pid, String name, Long socket, SocketState state, Long listener) {}

  private final BrokerConnection broker;
  private final Filter filter;
  private Asked<Listing> asked;

  DescriptorPages(BrokerConnection broker, Filter filter) throws IOException {
    this.broker = broker;
    this.filter = filter;
    ask(0, 0);
  }

  static DescriptorPages ofSocket(BrokerConnection broker, long socket) throws IOException {
    return new DescriptorPages(broker, new Filter(null, null, socket, null, null));
  }

  /** The names of all sockets that this user can see. */
  static Set<String> names(BrokerConnection broker) throws IOException {
    DescriptorPages pages = new DescriptorPages(broker, new Filter(null, null, null, null, null));
    Set<String> names = new TreeSet<>();
    while (pages.hasNext()) {
      pages.next().stream().map(DescriptorInfo::name).filter(Objects::nonNull).forEach(names::add);
    }
    return names;
  }

  boolean hasNext() {
    return asked != null;
  }

  /** The next page. A page can be empty even if more pages follow. */
  List<DescriptorInfo> next() throws IOException {
    Listing page = broker.await(asked);
    List<DescriptorInfo> rows = page.rows() == null ? List.of() : page.rows();
    asked = null;
    if (page.more()) {
      ask(page.afterSocket(), page.afterDescriptor());
    }
    return rows;
  }

  /** All remaining pages. */
  List<DescriptorInfo> rest() throws IOException {
    List<DescriptorInfo> all = new ArrayList<>();
    while (hasNext()) {
      all.addAll(next());
    }
    return all;
  }

  private void ask(long afterSocket, long afterDescriptor) throws IOException {
    Request list =
        new Request.ListDescriptors(
            afterSocket,
            afterDescriptor,
            filter.pid(),
            filter.name(),
            filter.socket(),
            filter.state(),
            filter.listener());
    asked = broker.ask(list, Listing.class);
  }
}
