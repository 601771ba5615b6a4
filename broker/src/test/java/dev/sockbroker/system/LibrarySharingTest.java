package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorInfo;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.EventObject;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.Promotion;
import dev.sockbroker.client.RegistrationEnd;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WhenReplaced;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Right;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sharing sockets and taking registrations over with the client library. */
@Timeout(60)
@WithBroker
final class LibrarySharingTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess process;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void shouldShareAConnectionByToken() throws Exception {
    try (Loopback pair = Loopback.connect(broker);
        Broker other = Broker.connect(process.socket())) {
      DescriptorToken token =
          pair.shared().duplicate(Target.session(other.session()), Rights.of(Right.RECV));
      SharedSocket duplicate = other.redeem(DescriptorToken.of(token.text()));

      pair.plain().getOutputStream().write(3);

      assertThat(duplicate.inputStream().read()).isEqualTo(3);
      assertThat(duplicate.socketId()).isEqualTo(pair.shared().socketId());
      assertThat(duplicate.rights()).isEqualTo(Rights.of(Right.RECV));
      assertThatThrownBy(() -> duplicate.send(ByteBuffer.allocate(1)))
          .hasMessageStartingWith("EPERM");
      assertThatThrownBy(() -> other.redeem(token)).hasMessageStartingWith("EINVAL");
      DescriptorToken revoked = pair.shared().duplicate(Target.pid(other.pid()));
      broker.revoke(revoked);
      assertThatThrownBy(() -> other.redeem(revoked)).hasMessageStartingWith("EINVAL");
    }
  }

  @Test
  void shouldFindANamedSocketAfterItsHoldersWent() throws Exception {
    SocketSpec spec =
        SocketSpec.tcpListen("127.0.0.1", 0).name("kept").retain(Duration.ofMinutes(1));
    long socket;
    try (Broker first = Broker.connect(process.socket())) {
      socket = first.open(spec).socketId();
    }

    try (SharedSocket joined = broker.open(spec);
        SharedSocket attached = broker.attach("kept")) {
      assertThat(joined.isCreated()).isFalse();
      assertThat(joined.socketId()).isEqualTo(socket);
      assertThat(attached.socketId()).isEqualTo(socket);
      assertThat(broker.list())
          .filteredOn(row -> row.socket().id() == socket)
          .extracting(row -> row.id())
          .containsExactlyInAnyOrder(joined.id(), attached.id());
      assertThat(broker.show("kept").holders())
          .extracting(DescriptorInfo::id)
          .containsExactlyInAnyOrder(joined.id(), attached.id());
      assertThat(broker.show("d" + joined.id()).socket().localAddress())
          .isEqualTo(joined.localAddress());
      attached.unname();
    }
  }

  @Test
  void shouldTellEventsOfAListenerAndOfWhatItAccepts() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    try (SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0))) {
      listener.asyncSelect(EnumSet.allOf(NetworkEvent.class), events::add);
      InetSocketAddress address = (InetSocketAddress) listener.localAddress();
      try (Socket plain = new Socket(address.getAddress(), address.getPort())) {
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.ACCEPT);
        SharedSocket accepted = listener.accept();
        NetworkEventMessage first = events.poll(30, SECONDS);
        assertThat(first.event()).isEqualTo(NetworkEvent.WRITE);
        assertThat(first.socket()).isSameAs(accepted);
        plain.getOutputStream().write(1);
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.READ);
        accepted.receive(ByteBuffer.allocate(8));
        plain.shutdownOutput();
        assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.CLOSE);
        accepted.close();
      }
    }
  }

  @Test
  void shouldTellWhoReplacedARegistration() throws Exception {
    BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
    try (Loopback pair = Loopback.connect(broker);
        Broker other = Broker.connect(process.socket())) {
      SharedSocket duplicate =
          other.redeem(pair.shared().duplicate(Target.session(other.session())));
      pair.shared().onRegistrationEnd(ends::add);
      long first = pair.shared().asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      long second = duplicate.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});

      RegistrationEnd end = ends.poll(30, SECONDS);

      assertThat(second).isGreaterThan(first);
      assertThat(end.reason()).isEqualTo(RegistrationEnd.Reason.REPLACED);
      assertThat(end.number()).isEqualTo(first);
      assertThat(end.session()).isEqualTo(other.session());
      pair.shared().asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      assertThat(duplicate.cancelAnySelect()).isTrue();
      assertThat(ends.poll(30, SECONDS).reason()).isEqualTo(RegistrationEnd.Reason.CANCELLED);
    }
  }

  @Test
  void shouldCancelNobodysRegistrationButItsOwn() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    try (Loopback pair = Loopback.connect(broker);
        Broker other = Broker.connect(process.socket())) {
      SharedSocket successor =
          other.redeem(pair.shared().duplicate(Target.session(other.session())));
      pair.shared().asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
      successor.asyncSelect(EnumSet.of(NetworkEvent.READ), events::add);

      assertThat(pair.shared().cancelSelect()).as("as in a shutdown hook").isFalse();

      pair.plain().getOutputStream().write(1);
      assertThat(events.poll(30, SECONDS).event()).isEqualTo(NetworkEvent.READ);
      assertThat(successor.cancelSelect()).isTrue();
      assertThat(successor.cancelSelect()).isFalse();
    }
  }

  @Test
  void shouldHearOfEventsAgainWhenItsSuccessorIsGone() throws Exception {
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
    BlockingQueue<Promotion> promotions = new LinkedBlockingQueue<>();
    try (Loopback pair = Loopback.connect(broker)) {
      pair.shared().onRegistrationEnd(ends::add);
      pair.shared().onPromotion(promotions::add);
      long first =
          pair.shared()
              .asyncSelect(EnumSet.of(NetworkEvent.READ), events::add, WhenReplaced.STAND_BY);
      try (Broker other = Broker.connect(process.socket())) {
        SharedSocket successor =
            other.redeem(pair.shared().duplicate(Target.session(other.session())));
        successor.asyncSelect(EnumSet.of(NetworkEvent.READ), event -> {});
        assertThat(ends.poll(30, SECONDS).standsBy()).isTrue();
      }

      Promotion promotion = promotions.poll(30, SECONDS);
      assertThat(promotion.formerNumber()).isEqualTo(first);
      assertThat(promotion.number()).isGreaterThan(first);
      pair.plain().getOutputStream().write(1);
      assertThat(events.poll(30, SECONDS).number()).isEqualTo(promotion.number());
      assertThat(pair.shared().cancelSelect()).isTrue();
    }
  }

  @Test
  void shouldRecordEventsAndSetTheObject() throws Exception {
    try (Loopback pair = Loopback.connect(broker);
        EventObject object = broker.createEvent();
        EventObject never = broker.createEvent()) {
      BlockingQueue<String> signals = new LinkedBlockingQueue<>();
      object.onSignalled(() -> signals.add("set"));
      pair.shared().eventSelect(EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE), object);
      assertThatThrownBy(() -> object.await(Duration.ZERO))
          .isInstanceOf(SocketTimeoutException.class);

      pair.plain().getOutputStream().write(1);

      assertThat(broker.awaitAny(List.of(never, object), SOON)).isEqualTo(Set.of(object));
      assertThat(signals.poll(30, SECONDS)).isEqualTo("set");
      assertThat(pair.shared().enumNetworkEvents(object)).isEqualTo(Map.of(NetworkEvent.READ, 0));
      assertThat(pair.shared().enumNetworkEvents(object)).isEmpty();
      never.set();
      object.set();
      assertThat(broker.awaitAll(List.of(never, object), SOON)).hasSize(2);
      object.reset();
      pair.shared().receive(ByteBuffer.allocate(1));
      pair.plain().close();
      object.await(SOON);
      assertThat(pair.shared().enumNetworkEvents(object)).isEqualTo(Map.of(NetworkEvent.CLOSE, 0));
    }
  }
}
