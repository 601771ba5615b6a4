package dev.sockbroker.bench;

import dev.sockbroker.child.ChildLoop;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Holds sockets in many sessions and does nothing with them. */
public final class HolderMain {
  /** The number of sockets that each session opens. */
  static final int SOCKETS = 10;

  /** The number of descriptors of each shared socket. */
  static final int HOLDERS = 5;

  private final Path broker;
  private final List<WireSession> sessions = new ArrayList<>();

  /** The ids of the sockets, in the order of their sessions. */
  private final List<Long> sockets = new ArrayList<>();

  private int shared;

  private HolderMain(Path broker) {
    this.broker = broker;
  }

  /**
   * @param arguments the broker's socket
   */
  public static void main(String[] arguments) throws IOException {
    ChildLoop.run(new HolderMain(Path.of(arguments[0]))::on);
  }

  private Object on(String[] words) throws IOException {
    switch (words[0]) {
      case "open" -> open(Integer.parseInt(words[1]));
      case "share" -> share();
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "";
  }

  /** Opens that many sessions, each with its sockets. */
  private void open(int count) throws IOException {
    Request.Open udp = Request.Open.of(Family.INET, SocketType.DGRAM);
    for (int i = 0; i < count; i++) {
      WireSession session = WireSession.open(broker);
      sessions.add(session);
      for (int j = 0; j < SOCKETS; j++) {
        Reply.Opened opened = session.call(udp, Reply.Opened.class);
        sockets.add(opened.socket());
        session.call(
            new Request.Bind(opened.descriptor(), Address.inet("127.0.0.1", 0)), Reply.class);
      }
    }
  }

  /** Gives the other descriptors of each unshared socket to the sessions after its own. */
  private void share() throws IOException {
    for (; shared < sockets.size(); shared++) {
      Request attach = new Request.Attach("s" + sockets.get(shared));
      for (int holder = 1; holder < HOLDERS; holder++) {
        int session = (shared / SOCKETS + holder) % sessions.size();
        sessions.get(session).call(attach, Reply.Opened.class);
      }
    }
  }
}
