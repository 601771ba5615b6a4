package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** A well-behaved session that measures how long it has to wait. */
final class Witness {
  /** Its actions, each every 20 ms. */
  enum Act {
    PING,
    SET_OPTION,
    OPEN_AND_CLOSE,
    ACCEPT_AND_ECHO
  }

  private static final int PAUSE_MILLIS = 20;

  private final Path socket;
  private final Shared shared;
  private final Map<Act, Long> longest = new EnumMap<>(Act.class);
  private int rounds;

  Witness(Path socket, Shared shared) {
    this.socket = socket;
    this.shared = shared;
  }

  /**
   * Runs until the end, or for some rounds. Throws if an answer is wrong.
   *
   * @param roundsMax how many rounds at most
   */
  void watch(End end, int roundsMax) throws IOException, InterruptedException {
    try (WireClient client = WireClient.welcomed(socket)) {
      shared.spare(client.welcome().session());
      Reply.Opened listener = open(client, 5);
      while (!end.isReached() && rounds < roundsMax) {
        round(client, listener);
        rounds++;
        end.idle(PAUSE_MILLIS);
      }
    }
  }

  private void round(WireClient client, Reply.Opened listener) throws IOException {
    for (Act act : Act.values()) {
      long begin = System.nanoTime();
      switch (act) {
        case PING -> client.ask(Reply.Done.class, new Request.Ping());
        case SET_OPTION -> setOption(client, listener);
        case OPEN_AND_CLOSE -> close(client, open(client, null));
        case ACCEPT_AND_ECHO -> echo(client, listener);
      }
      longest.merge(act, (System.nanoTime() - begin) / 1_000_000, Math::max);
    }
  }

  private static void setOption(WireClient client, Reply.Opened on) throws IOException {
    client.ask(Reply.Option.class, Request.SetOption.named(on.descriptor(), "SO_RCVBUF", 65_536));
  }

  /** Null if the actors have left no room, which must be answered immediately as well. */
  private Reply.Opened open(WireClient client, Integer backlog) throws IOException {
    Reply reply =
        client.ask(
            Request.Open.of(Family.INET, SocketType.STREAM)
                .boundTo(Address.inet("127.0.0.1", 0))
                .listening(backlog));
    if (reply instanceof Reply.Opened opened) {
      shared.spare(opened.descriptor());
      shared.spare(opened.socket());
      return opened;
    }
    return checkFull(reply);
  }

  private static Reply.Opened checkFull(Reply reply) {
    if (reply instanceof Reply.Error error && error.errno() == Errno.ENFILE) {
      return null;
    }
    throw new AssertionError("the witness was answered " + reply);
  }

  private static void close(WireClient client, Reply.Opened opened) throws IOException {
    if (opened != null) {
      client.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
    }
  }

  private void echo(WireClient client, Reply.Opened listener) throws IOException {
    long accept = client.send(new Request.Accept(listener.descriptor(), null));
    try (Socket peer = new Socket(InetAddress.ofLiteral("127.0.0.1"), listener.local().port())) {
      Reply reply = client.replyTo(accept);
      if (reply instanceof Reply.Opened accepted) {
        shared.spare(accepted.descriptor());
        echo(client, peer, accepted.descriptor());
        close(client, accepted);
      } else {
        checkFull(reply);
      }
    }
  }

  private static void echo(WireClient client, Socket peer, long descriptor) throws IOException {
    client.ask(Request.Send.of(descriptor), new byte[] {42});
    int there = peer.getInputStream().read();
    peer.getOutputStream().write(there);
    client.ask(Reply.Received.class, Request.Receive.of(descriptor, 1));
    if (there != 42) {
      throw new AssertionError("the witness got " + there);
    }
  }

  long longestMillis() {
    return longest.values().stream().max(Long::compare).orElse(0L);
  }

  @Override
  public String toString() {
    return "witness: " + rounds + " rounds, longest waits in ms: " + longest;
  }
}
