package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket in a log line, by what the library knows of it. */
@Timeout(30)
final class SocketTextTest {
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

  private static FutureTask<Void> onThread(Action action) {
    return onThread(
        () -> {
          action.run();
          return null;
        });
  }

  private interface Action {
    void run() throws IOException;
  }

  private static Reply.Opened opened(Family family, SocketType type, Address local, Address peer) {
    return new Reply.Opened(42, 17, true, family, type, 0, Set.of(), local, peer, 0, null);
  }

  private SharedSocket redeem(Reply.Opened opened) throws Exception {
    CompletableFuture<SharedSocket> redeemed = broker.redeemAsync(DescriptorToken.of("secret"));
    peer.reply(peer.expect(Request.Redeem.class), opened);
    return redeemed.get();
  }

  private void done(Class<? extends Request> request) throws IOException {
    peer.reply(peer.expect(request), new Reply.Done());
  }

  @Test
  void shouldShowNameAndAddressOfAListener() throws Exception {
    CompletableFuture<SharedSocket> open =
        broker.openAsync(SocketSpec.tcpListen("127.0.0.1", 8080).name("web"));
    peer.reply(
        peer.expect(Request.Open.class),
        opened(Family.INET, SocketType.STREAM, Address.inet("127.0.0.1", 8080), null));

    assertThat(open.get()).hasToString("d42 tcp \"web\" 127.0.0.1:8080");
  }

  @Test
  void shouldShowBothEndsOfAConnection() throws Exception {
    CompletableFuture<SharedSocket> open = broker.openAsync(SocketSpec.tcp("::1", 8080));
    peer.reply(
        peer.expect(Request.Open.class), opened(Family.INET6, SocketType.STREAM, null, null));
    done(Request.Connect.class);
    SharedSocket socket = open.get();
    assertThat(socket).hasToString("d42 tcp6 -> [::1]:8080");

    FutureTask<?> asked = onThread(socket::localAddress);
    peer.reply(
        peer.expect(Request.GetAddresses.class),
        new Reply.Addresses(Address.inet("::1", 5000), Address.inet("::1", 8080)));
    asked.get();

    assertThat(socket).hasToString("d42 tcp6 [::1]:5000 -> [::1]:8080");
  }

  @Test
  void shouldFollowBindAndName() throws Exception {
    SharedSocket socket = redeem(opened(Family.INET, SocketType.DGRAM, null, null));
    assertThat(socket).hasToString("d42 udp");

    FutureTask<?> bound = onThread(() -> socket.bind(new InetSocketAddress("127.0.0.1", 53)));
    done(Request.Bind.class);
    bound.get();
    FutureTask<?> named = onThread(() -> socket.name("dns", Duration.ZERO));
    done(Request.Name.class);
    named.get();
    assertThat(socket).hasToString("d42 udp \"dns\" 127.0.0.1:53");

    FutureTask<?> unnamed = onThread(socket::unname);
    done(Request.Name.class);
    unnamed.get();
    assertThat(socket).hasToString("d42 udp 127.0.0.1:53");
  }

  @Test
  void shouldNotShowAPortThatTheKernelHasStillToChoose() throws Exception {
    SharedSocket socket = redeem(opened(Family.INET, SocketType.STREAM, null, null));
    FutureTask<?> bound = onThread(() -> socket.bind(new InetSocketAddress("127.0.0.1", 0)));
    done(Request.Bind.class);
    bound.get();

    assertThat(socket).hasToString("d42 tcp");
  }

  @Test
  void shouldShowTheNameByWhichItWasAttachedButNoId() throws Exception {
    CompletableFuture<SharedSocket> named = broker.attachAsync("log");
    peer.reply(
        peer.expect(Request.Attach.class), opened(Family.UNIX, SocketType.DGRAM, null, null));
    assertThat(named.get()).hasToString("d42 unix-dgram \"log\"");

    CompletableFuture<SharedSocket> byId = broker.attachAsync("s17");
    peer.reply(
        peer.expect(Request.Attach.class), opened(Family.UNIX, SocketType.STREAM, null, null));
    assertThat(byId.get()).hasToString("d42 unix");
  }

  @Test
  void shouldStayOneLineWhateverThePeerIsNamed() throws Exception {
    SharedSocket socket =
        redeem(opened(Family.UNIX, SocketType.STREAM, null, Address.unix("@a\n\u001b[2J")));

    assertThat(socket).hasToString("d42 unix -> @a??[2J");
  }

  /** The broker answers nothing any more. */
  @Test
  void shouldShowAClosedSocketAndOneWithoutABroker() throws Exception {
    SharedSocket socket =
        redeem(opened(Family.INET, SocketType.STREAM, Address.inet("127.0.0.1", 80), null));
    peer.disconnect();
    broker.ended().get();
    assertThat(socket).hasToString("d42 tcp 127.0.0.1:80");

    socket.close();

    assertThat(socket).hasToString("d42 tcp 127.0.0.1:80 (closed)");
  }
}
