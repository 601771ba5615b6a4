package dev.sockbroker.bench;

import dev.sockbroker.child.ChildJvm;
import java.io.IOException;

/** The clients in the peer. */
record PeerWebLoad(ChildJvm peer) implements WebLoad {
  @Override
  public Run run(String entrance, int connections, boolean keepAlive, long millis)
      throws IOException {
    peer.tell("web", entrance, connections, keepAlive, millis);
    String[] words = peer.answer(LaneCase.patience(millis)).split(" ");
    return new Run(Latency.decode(words[1]), Long.parseLong(words[0]));
  }
}
