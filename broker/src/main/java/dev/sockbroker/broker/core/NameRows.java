package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Reply;

/** Describes what went through named sockets, as some session may see it. */
final class NameRows {
  private NameRows() {}

  /**
   * @param seesHolders whether the reader may know how many hold it
   */
  static Reply.NameInfo of(OwnedSocket socket, boolean seesHolders) {
    TransportState transport = socket.transport();
    Traffic traffic = socket.meter().traffic();
    long queued = socket.kernel().queuedIn() + transport.returnedConnections();
    return new Reply.NameInfo(
        socket.name().text(),
        socket.id(),
        socket.ownerUid(),
        socket.kernel().family(),
        socket.kernel().type(),
        transport.state(),
        transport.local(),
        seesHolders ? socket.descriptors.size() : 0,
        traffic.connections(),
        traffic.accepts(),
        traffic.bytesIn(),
        traffic.bytesOut(),
        queued,
        transport.isListening() ? transport.backlog() : 0,
        socket.in().size() + socket.out().size(),
        traffic.streams(),
        traffic.rings(),
        traffic.exports(),
        socket.isUnattended(queued));
  }

  /** All unnamed sockets together: the totals minus the named sockets' counts. */
  static Reply.NameInfo ofOthers(SocketTable sockets) {
    Totals named = new Totals();
    sockets.named().forEach(named::add);
    Tally all = sockets.tally();
    return new Reply.NameInfo(
        null,
        0,
        null,
        null,
        null,
        null,
        null,
        0,
        sockets.sockets().size() - named.sockets,
        all.accepts - all.namedAccepts,
        all.allBytesIn() - all.namedBytesIn,
        all.allBytesOut() - all.namedBytesOut,
        0,
        0,
        0,
        all.streams - named.streams,
        all.rings - named.rings,
        all.exports - named.exports,
        false);
  }

  /** What named sockets have now. */
  private static final class Totals {
    private int sockets;
    private int streams;
    private int rings;
    private int exports;

    private void add(OwnedSocket socket) {
      Traffic traffic = socket.meter().traffic();
      sockets += 1 + traffic.connections();
      streams += traffic.streams();
      rings += traffic.rings();
      exports += traffic.exports();
    }
  }
}
