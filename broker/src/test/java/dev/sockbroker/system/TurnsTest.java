package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Other clients have their turns even if one client sends very many requests. */
@WithBroker
class TurnsTest {
  private static final int BURST = 3000;

  private static BrokerProcess broker;

  /**
   * A session gets at most 1024 happenings at once, and the rest is lost. The broker is stopped
   * until it has the whole burst to read.
   */
  @Test
  void shouldServeAWatcherWhileABurstIsHandled() throws Exception {
    try (WireClient watcher = WireClient.welcomed(broker.socket());
        WireClient crowd = WireClient.welcomed(broker.socket())) {
      long descriptor = openDatagram(crowd);
      watcher.ask(Reply.Done.class, new Request.Watch(true));

      broker.signal("STOP");
      crowd.write(burst(new Request.AsyncSelect(descriptor, Set.of(NetworkEvent.READ))));
      broker.signal("CONT");

      for (int replies = 0; replies < BURST; replies++) {
        assertThat(crowd.next().message()).isInstanceOf(Reply.Registered.class);
      }
      openDatagram(crowd);

      assertThat(toldUntilOpened(watcher)).isEqualTo(BURST);
    }
  }

  private static int toldUntilOpened(WireClient watcher) throws IOException {
    int told = 0;
    while (true) {
      Event.Happening happening = (Event.Happening) watcher.event();
      assertThat(happening.lost()).isZero();
      if (happening.what() == Event.What.OPENED) {
        return told;
      }
      told++;
    }
  }

  private static long openDatagram(WireClient client) throws IOException {
    return client
        .ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.DGRAM))
        .descriptor();
  }

  private static ByteBuffer burst(Request request) {
    FrameCodec codec = new FrameCodec();
    ByteBuffer frames = ByteBuffer.allocate(BURST * 100);
    for (int id = 1; id <= BURST; id++) {
      frames.put(codec.encode(1000 + id, request, 0));
    }
    return frames.flip();
  }
}
