package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the broker says of its sockets, in the library's own types. */
@Timeout(30)
final class ListTest {
  private static final Reply.DescriptorInfo HELD =
      new Reply.DescriptorInfo(
          42,
          17,
          "web",
          1000L,
          Family.INET,
          SocketType.STREAM,
          SocketState.CONNECTED,
          Address.inet("127.0.0.1", 80),
          Address.inet("10.0.0.7", 5000),
          3,
          4711,
          1001,
          "shop",
          EnumSet.of(Right.RECV),
          new Reply.Registration(42, 3, 4711, 6, EnumSet.of(NetworkEvent.READ), 8),
          11,
          12,
          13,
          14,
          1500,
          99,
          true,
          4096,
          7,
          true,
          60_000L,
          59_000L,
          16,
          true);

  private static final Reply.DescriptorInfo UNHELD =
      new Reply.DescriptorInfo(
          0,
          18,
          null,
          null,
          Family.UNIX,
          SocketType.DGRAM,
          SocketState.BOUND,
          Address.unix("/run/x.sock"),
          null,
          0,
          0,
          0,
          null,
          EnumSet.noneOf(Right.class),
          null,
          0,
          0,
          0,
          0,
          0,
          0,
          false,
          0,
          0,
          false,
          Request.FOREVER,
          null,
          0,
          false);

  private static final SocketInfo WEB =
      new SocketInfo(
          17,
          "web",
          OptionalLong.of(1000),
          Family.INET,
          SocketType.STREAM,
          SocketState.CONNECTED,
          new InetSocketAddress("127.0.0.1", 80),
          new InetSocketAddress("10.0.0.7", 5000),
          99,
          16,
          new RegistrationInfo(8, 42, 3, 4711, 6, EnumSet.of(NetworkEvent.READ)),
          true,
          Duration.ofMinutes(1),
          Duration.ofSeconds(59));

  private static final DescriptorInfo HOLDER =
      new DescriptorInfo(
          42,
          WEB,
          3,
          4711,
          1001,
          "shop",
          Rights.of(Right.RECV),
          11,
          12,
          13,
          14,
          Duration.ofMillis(1500),
          true,
          4096,
          7,
          true);

  private ScriptedBroker peer;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    peer = new ScriptedBroker();
    broker = peer.connect(Broker.builder());
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  private static <T> FutureTask<T> onThread(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task;
  }

  @Test
  void shouldListAllPages() throws Exception {
    FutureTask<List<DescriptorInfo>> list = onThread(broker::list);
    peer.reply(
        peer.expect(Request.ListDescriptors.class), new Reply.Listing(List.of(HELD), true, 17, 42));
    var second = peer.expect(Request.ListDescriptors.class);
    assertThat(second.message())
        .isEqualTo(new Request.ListDescriptors(17, 42, null, null, null, null, null));
    peer.reply(second, new Reply.Listing(null, true, 17, 50));
    peer.reply(
        peer.expect(Request.ListDescriptors.class),
        new Reply.Listing(List.of(UNHELD), false, 18, 0));

    assertThat(list.get()).hasSize(2).first().isEqualTo(HOLDER);
    DescriptorInfo unheld = list.get().get(1);
    assertThat(unheld.id()).isZero();
    assertThat(unheld.rights()).isEqualTo(Rights.of());
    assertThat(unheld.socket().name()).isNull();
    assertThat(unheld.socket().ownerUid()).isEmpty();
    assertThat(unheld.socket().localAddress()).isEqualTo(UnixDomainSocketAddress.of("/run/x.sock"));
    assertThat(unheld.socket().remoteAddress()).isNull();
    assertThat(unheld.socket().registration()).isNull();
    assertThat(unheld.socket().retention()).isEqualTo(Broker.FOREVER);
    assertThat(unheld.socket().closesIn()).isNull();
  }

  @Test
  void shouldShowOneSocket() throws Exception {
    FutureTask<SocketDetails> show = onThread(() -> broker.show("web"));
    var request = peer.expect(Request.Show.class);
    assertThat(request.message()).isEqualTo(new Request.Show("web"));
    peer.reply(
        request,
        new Reply.Shown(
            17,
            "web",
            1000L,
            Family.INET,
            SocketType.STREAM,
            6,
            SocketState.CONNECTED,
            Address.inet("127.0.0.1", 80),
            Address.inet("10.0.0.7", 5000),
            true,
            "ECONNRESET",
            60_000L,
            EnumSet.of(Right.RECV, Right.SEND),
            EnumSet.noneOf(Right.class),
            21,
            22,
            2500,
            99,
            HELD.registration(),
            List.of(HELD),
            23,
            List.of(
                new Reply.TokenInfo("t5", 3, null, null, 1001L, EnumSet.of(Right.SEND), 30_000L)),
            24,
            Map.of("SO_KEEPALIVE", true),
            true,
            59_000L,
            16));

    assertThat(show.get())
        .isEqualTo(
            new SocketDetails(
                WEB,
                6,
                true,
                "ECONNRESET",
                Rights.of(Right.RECV, Right.SEND),
                Rights.of(),
                21,
                22,
                Duration.ofMillis(2500),
                List.of(HOLDER),
                23,
                List.of(
                    new TokenInfo(
                        "t5", 3, Target.uid(1001), Rights.of(Right.SEND), Duration.ofSeconds(30))),
                24,
                Map.of("SO_KEEPALIVE", true)));
  }
}
