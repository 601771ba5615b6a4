package dev.sockbroker.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.cli.BrokerConnection.Asked;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A command's session with a broker that misbehaves or ends. */
@Timeout(30)
class BrokerConnectionTest {
  private static final Duration SOON = Duration.ofMillis(50);

  @TempDir Path directory;

  private Path path;
  private ServerSocketChannel server;

  @BeforeEach
  void listen() throws IOException {
    path = directory.resolve("broker.sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void shouldNotWaitForEverForABrokerThatIsStopped() throws IOException {
    Files.writeString(directory.resolve("broker.sock.lock"), "4711\n");

    assertThatThrownBy(() -> BrokerConnection.open(path, "test", SOON))
        .isInstanceOf(BrokerUnreachableException.class)
        .hasMessage("the broker at " + path + " does not answer; is it stopped? (pid 4711)");
  }

  @Test
  void shouldNameNoPidWhereNoneCanBeRead() {
    assertThatThrownBy(() -> BrokerConnection.open(path, "test", SOON))
        .isInstanceOf(BrokerUnreachableException.class)
        .hasMessage("the broker at " + path + " does not answer; is it stopped?");
  }

  @Test
  void shouldWaitAsLongAsItTakesWhileNothingIsOwed() throws Exception {
    CompletableFuture<SocketChannel> accepted = CompletableFuture.supplyAsync(this::welcome);
    try (BrokerConnection connection = BrokerConnection.open(path, "test", Duration.ofSeconds(2));
        SocketChannel client = accepted.join()) {
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> end(client), CompletableFuture.delayedExecutor(3, SECONDS));

      assertThatThrownBy(connection::nextEvent)
          .isInstanceOf(BrokerUnreachableException.class)
          .hasMessageContaining("ended the connection");
      end.join();
    }
  }

  @Test
  void shouldShowWhyTheBrokerEndedTheSessionWhileItWrote() throws Exception {
    CompletableFuture<SocketChannel> accepted = CompletableFuture.supplyAsync(this::welcome);
    try (BrokerConnection connection =
        BrokerConnection.open(path, "test", Duration.ofSeconds(30))) {
      SocketChannel client = accepted.join();
      write(client, 0, new Reply.Error("ENFILE", Errno.ENFILE, "the broker is full", false));
      client.close();

      assertThatThrownBy(() -> connection.call(new Request.Ping(), Reply.Done.class))
          .isInstanceOf(BrokerRefusedException.class)
          .hasMessage("ENFILE (23): the broker is full");
    }
  }

  @Test
  void shouldGiveTheCallerAnyTimeBeforeItAwaitsWhatItAskedFor() throws Exception {
    CompletableFuture<SocketChannel> accepted = CompletableFuture.supplyAsync(this::welcome);
    try (BrokerConnection connection = BrokerConnection.open(path, "test", Duration.ofSeconds(1));
        SocketChannel client = accepted.join()) {
      Asked<Reply.Done> asked = connection.ask(new Request.Ping(), Reply.Done.class);
      write(client, asked.id(), new Reply.Done());
      // for example while a pager is not scrolled
      CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(2, SECONDS)).join();

      assertThat(connection.await(asked)).isEqualTo(new Reply.Done());
    }
  }

  @Test
  void shouldAskForAPageWhileTheOneBeforeIsShown() throws Exception {
    CompletableFuture<SocketChannel> accepted = CompletableFuture.supplyAsync(this::welcome);
    try (BrokerConnection connection = BrokerConnection.open(path, "test", Duration.ofSeconds(30));
        SocketChannel client = accepted.join()) {
      DescriptorPages pages =
          new DescriptorPages(connection, new DescriptorPages.Filter(4711, null, null, null, null));
      Frame first = read(client);
      write(client, first.requestId(), new Reply.Listing(List.of(row(17, 42)), true, 17, 42));

      assertThat(pages.next()).containsExactly(row(17, 42));
      Frame second = read(client);
      assertThat(second.message())
          .isEqualTo(new Request.ListDescriptors(17, 42, 4711, null, null, null, null));

      write(client, second.requestId(), new Reply.Listing(null, false, 0, 0));
      assertThat(pages.hasNext()).isTrue();
      assertThat(pages.next()).isEmpty();
      assertThat(pages.hasNext()).isFalse();
    }
  }

  @Test
  void shouldSayWhoMayConnectWhereThisUserMayNot() {
    assertThat(BrokerUnreachableException.absent(path, new IOException("Permission denied")))
        .hasMessageContainingAll("--group", "root", "ls -ld " + directory + " " + path)
        .hasMessageNotContaining("to start one");
  }

  private SocketChannel welcome() {
    try {
      SocketChannel client = server.accept();
      client.read(ByteBuffer.allocate(1000));
      Reply.Limits limits = new Reply.Limits(1 << 20, 1, 1, 1, 1, 1, 1);
      write(client, 1, new Reply.Welcome(1, 3, 4711, 0, true, "test", limits));
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Frame read(SocketChannel client) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1000);
    client.read(bytes);
    return new FrameCodec().decode(bytes.flip(), bytes.capacity());
  }

  private static Reply.DescriptorInfo row(long socket, long id) {
    return new Reply.DescriptorInfo(
        id,
        socket,
        null,
        null,
        Family.INET,
        SocketType.DGRAM,
        SocketState.BOUND,
        null,
        null,
        3,
        4711,
        0,
        "test",
        EnumSet.of(Right.RECV),
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
        null,
        null,
        0,
        false);
  }

  private static void write(SocketChannel client, long requestId, Message message)
      throws IOException {
    ByteBuffer frame = new FrameCodec().encode(requestId, message, 0);
    while (frame.hasRemaining()) {
      client.write(frame);
    }
  }

  private static void end(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
