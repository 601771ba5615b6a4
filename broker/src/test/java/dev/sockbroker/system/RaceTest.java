package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two sessions do the same thing at the same time. In every order, the result is exactly one of the
 * allowed ones.
 */
@WithBroker
class RaceTest {
  private static final int ROUNDS = 1000;
  private static BrokerProcess broker;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldKeepASocketWhoseLastCloseRacesWithTheRedeem() throws Exception {
    try (WireClient a = client();
        WireClient b = client()) {
      for (int i = 0; i < ROUNDS; i++) {
        long source = udp(a).descriptor();
        String token = tokenFor(a, source, b.welcome().session());
        List<Reply> replies =
            atOnce(() -> a.ask(new Request.Close(source)), () -> b.ask(new Request.Redeem(token)));
        assertThat(replies.get(0)).isInstanceOf(Reply.Done.class);
        long redeemed = ((Reply.Opened) replies.get(1)).descriptor();
        assertThat(b.ask(new Request.GetAddresses(redeemed))).isInstanceOf(Reply.Addresses.class);
        b.ask(Reply.Done.class, new Request.Close(redeemed));
      }
      assertNothingLeft(a);
    }
  }

  @Test
  void shouldLetEitherTheRevokeOrTheRedeemWin() throws Exception {
    try (WireClient a = client();
        WireClient b = client()) {
      for (int i = 0; i < ROUNDS; i++) {
        long source = udp(a).descriptor();
        String token = tokenFor(a, source, b.welcome().session());
        List<Reply> replies =
            atOnce(
                () -> a.ask(new Request.RevokeToken(token)),
                () -> b.ask(new Request.Redeem(token)));
        boolean revoked = replies.get(0) instanceof Reply.Done;
        assertThat(replies.get(1) instanceof Reply.Opened).isNotEqualTo(revoked);
        a.ask(Reply.Done.class, new Request.Close(source));
        if (replies.get(1) instanceof Reply.Opened opened) {
          b.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
        }
      }
      assertNothingLeft(a);
    }
  }

  @Test
  void shouldGiveATokenOfAUserToExactlyOneOfTwoSessions() throws Exception {
    try (WireClient a = client();
        WireClient b = client()) {
      for (int i = 0; i < ROUNDS; i++) {
        long source = udp(a).descriptor();
        long uid = a.welcome().uid();
        Request duplicate = Request.Duplicate.toUid(source, uid).expiringIn(60_000L);
        String token = a.ask(Reply.Duplicated.class, duplicate).token();
        List<Reply> replies =
            atOnce(() -> a.ask(new Request.Redeem(token)), () -> b.ask(new Request.Redeem(token)));
        boolean first = replies.get(0) instanceof Reply.Opened;
        assertThat(replies.get(1) instanceof Reply.Opened).isNotEqualTo(first);
        Reply.Opened opened = (Reply.Opened) replies.get(first ? 0 : 1);
        (first ? a : b).ask(Reply.Done.class, new Request.Close(opened.descriptor()));
        a.ask(Reply.Done.class, new Request.Close(source));
      }
      assertNothingLeft(a);
    }
  }

  /**
   * Four sessions take one registration from each other while datagrams arrive. In each session,
   * every event has the number of the current registration, and each datagram is read once.
   */
  @Test
  void shouldNeverTellOfAnEventInAnOldName() throws Exception {
    int count = 5000;
    try (WireClient owner = client();
        DatagramChannel peer = DatagramChannel.open()) {
      Reply.Opened opened = udp(owner);
      List<Future<BitSet>> holders = new ArrayList<>();
      BitSet all = new BitSet();
      Holder.Progress progress = new Holder.Progress(count);
      for (int i = 0; i < 4; i++) {
        WireClient client = client();
        String token = tokenFor(owner, opened.descriptor(), client.welcome().session());
        holders.add(threads.submit(new Holder(client, token, progress)));
      }
      InetSocketAddress to =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), opened.local().port());
      for (int i = 0; i < count; i++) {
        progress.awaitRoom(i);
        peer.send(ByteBuffer.allocate(4).putInt(i).flip(), to);
      }
      for (Future<BitSet> holder : holders) {
        BitSet read = holder.get(60, TimeUnit.SECONDS);
        assertThat(all.intersects(read)).as("a datagram was read twice").isFalse();
        all.or(read);
      }
      assertThat(all.cardinality()).isEqualTo(count);
      owner.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
      assertNothingLeft(owner);
    }
  }

  /** A session that takes the registration, reads while it has it, and takes it again. */
  private record Holder(WireClient client, String token, Progress progress)
      implements Callable<BitSet> {

    /** The datagrams that all holders have read. */
    static final class Progress {
      private static final int UNREAD_MAX = 50;
      private final int wanted;
      private int read;

      Progress(int wanted) {
        this.wanted = wanted;
      }

      /** Waits, so that no UDP datagram is lost for lack of room. */
      synchronized void awaitRoom(int sent) throws InterruptedException {
        while (sent - read >= UNREAD_MAX) {
          wait(30_000);
        }
      }

      synchronized void onRead() {
        read++;
        notifyAll();
      }

      synchronized boolean isDone() {
        return read == wanted;
      }
    }

    @Override
    public BitSet call() throws IOException {
      BitSet read = new BitSet();
      long descriptor = client.ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
      long number = 0;
      while (!progress.isDone()) {
        long select =
            client.send(new Request.AsyncSelect(descriptor, EnumSet.of(NetworkEvent.READ)));
        // One receive for each registration: it may find a datagram, and it re-enables READ.
        long receive = client.send(new Request.Receive(descriptor, null, 0L, false, false));
        boolean answered = false;
        while (!answered) {
          Frame frame = client.next();
          switch (frame.message()) {
            case Event.Network event -> assertThat(event.number()).isEqualTo(number);
            case Event.Replaced replaced -> {
              assertThat(replaced.number()).isEqualTo(number);
              number = 0;
            }
            case Reply.Registered registered -> {
              assertThat(frame.requestId()).isEqualTo(select);
              assertThat(registered.number()).isGreaterThan(number);
              number = registered.number();
            }
            case Reply.Received _ -> {
              read.set(frame.payload().getInt());
              progress.onRead();
              answered = true;
            }
            default -> {
              assertThat(frame.message()).isInstanceOf(Reply.Error.class);
              assertThat(frame.requestId()).isEqualTo(receive);
              answered = true;
            }
          }
        }
      }
      client.close();
      return read;
    }
  }

  private static WireClient client() throws IOException {
    return WireClient.welcomed(broker.socket());
  }

  private static Reply.Opened udp(WireClient client) throws IOException {
    Request open =
        new Request.Open(
            Family.INET,
            SocketType.DGRAM,
            0,
            Address.inet("127.0.0.1", 0),
            null,
            Map.of(),
            null,
            0,
            null,
            null);
    return client.ask(Reply.Opened.class, open);
  }

  private static String tokenFor(WireClient client, long descriptor, long session)
      throws IOException {
    Request duplicate = Request.Duplicate.toSession(descriptor, session);
    return client.ask(Reply.Duplicated.class, duplicate).token();
  }

  /** Runs both at the same moment. Returns both results. */
  private List<Reply> atOnce(Callable<Reply> first, Callable<Reply> second) throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(2);
    Future<Reply> other =
        threads.submit(
            () -> {
              barrier.await(30, TimeUnit.SECONDS);
              return second.call();
            });
    barrier.await(30, TimeUnit.SECONDS);
    Reply one = first.call();
    return List.of(one, other.get(30, TimeUnit.SECONDS));
  }

  private static void assertNothingLeft(WireClient client) throws IOException {
    Reply.BrokerInfo info = client.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    assertThat(info.sockets()).isZero();
    assertThat(info.descriptors()).isZero();
    assertThat(info.tokens()).isZero();
  }
}
