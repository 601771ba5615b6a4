package dev.sockbroker.cli;

import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.text.Durations;
import java.io.IOException;

/**
 * A socket that was opened or joined, and then connected if its spec says so.
 *
 * @param addresses the addresses after the connect
 */
record Opening(Reply.Opened own, Reply.Addresses addresses) {
  static Opening by(BrokerConnection broker, SocketSpec.Requests requests) throws IOException {
    Reply.Opened own = broker.call(requests.open(), Reply.Opened.class);
    if (requests.connect() != null && own.peer() == null) {
      return new Opening(own, connect(broker, own, requests));
    }
    return new Opening(own, new Reply.Addresses(own.local(), own.peer()));
  }

  /**
   * What to tell a user who asked for a retention and joined a socket with another one, or null.
   * Joining changes nothing, because others hold the socket as it is.
   */
  static String otherRetention(BrokerConnection broker, Reply.Opened own, long wantedMillis)
      throws IOException {
    if (own.created()) {
      return null;
    }
    Reply.Shown shown = broker.show(Ids.socket(own.socket()));
    Long retainMillis = shown.retainMillis();
    long millis = retainMillis == null ? 0 : retainMillis;
    if (shown.name() == null || millis == wantedMillis) {
      return null;
    }
    String name = Terminal.printable(Names.shown(shown.name()));
    String kept =
        millis == 0 ? "has no retention" : "keeps its retention of " + Durations.format(millis);
    return "%s was already open and %s; to change it: sockbroker retain %s %s"
        .formatted(name, kept, name, Durations.format(wantedMillis));
  }

  /** If the connect fails, no socket remains under the name. */
  private static Reply.Addresses connect(
      BrokerConnection broker, Reply.Opened own, SocketSpec.Requests requests) throws IOException {
    try {
      return broker.call(
          new Request.Connect(own.descriptor(), requests.connect(), Request.FOREVER),
          Reply.Addresses.class);
    } catch (BrokerRefusedException e) {
      if (own.created()) {
        broker.call(Request.Name.none(own.descriptor()), Reply.Done.class);
      }
      throw e;
    }
  }
}
