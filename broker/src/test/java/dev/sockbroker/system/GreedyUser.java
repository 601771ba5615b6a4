package dev.sockbroker.system;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.contract.WorkerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A user who takes everything that the broker gives: sessions, sockets, names and tokens. */
final class GreedyUser implements AutoCloseable {
  /** More than one user can have of anything on a small machine. */
  private static final int MANY = 4000;

  private final WorkerProcess process;
  private final List<WireClient> sessions = new ArrayList<>();
  private int names;

  GreedyUser(WorkerProcess process) {
    this.process = process;
  }

  void takeAll() throws IOException {
    while (takeSession()) {}
    for (WireClient session : sessions) {
      long descriptor = takeSockets(session);
      if (descriptor != 0) {
        takeTokens(session, descriptor);
      }
    }
  }

  private boolean takeSession() throws IOException {
    WireClient client = WireClient.over(process.openSession());
    sessions.add(client);
    if (sessions.size() < MANY && client.hello() instanceof Reply.Welcome) {
      return true;
    }
    sessions.removeLast().close();
    return false;
  }

  /** Opens named sockets. Returns one of them, or 0 if it got none. */
  private long takeSockets(WireClient session) throws IOException {
    long last = 0;
    for (int i = 0; i < MANY; i++) {
      if (!(session.ask(named("greedy" + names)) instanceof Reply.Opened opened)) {
        break;
      }
      names++;
      last = opened.descriptor();
    }
    return last;
  }

  private static Request named(String name) {
    return Request.Open.of(Family.INET, SocketType.DGRAM).named(name, 0);
  }

  private static void takeTokens(WireClient session, long descriptor) throws IOException {
    long self = session.welcome().session();
    Request token = Request.Duplicate.toSession(descriptor, self);
    for (int i = 0; i < MANY && session.ask(token) instanceof Reply.Duplicated; i++) {}
  }

  @Override
  public void close() throws IOException {
    for (WireClient session : sessions) {
      session.close();
    }
  }
}
