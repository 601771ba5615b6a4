package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;

/**
 * The other end of a real Unix socket, which the test controls: it checks the requests and sends
 * the answers.
 */
final class ScriptedBroker implements AutoCloseable {
  static final Reply.Limits LIMITS =
      new Reply.Limits(1 << 20, 100, 100, 100, 100, 1 << 20, 1 << 20);

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private final FrameCodec codec = new FrameCodec();
  private final Path directory;
  private final ServerSocketChannel server;
  private SocketChannel channel;
  private FrameReader frames;

  ScriptedBroker() throws IOException {
    directory = Files.createTempDirectory("scripted");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path()));
  }

  Path path() {
    return directory.resolve("broker.sock");
  }

  /** Connects a client and answers its hello. */
  Broker connect(Broker.Builder builder) throws IOException {
    return connect(builder, LIMITS);
  }

  Broker connect(Broker.Builder builder, Reply.Limits limits) throws IOException {
    CompletableFuture<Broker> client =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return builder.socket(path()).clientName("test").connect();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    accept();
    Frame hello = expect(Request.Hello.class);
    reply(hello, new Reply.Welcome(1, 7, 42, 1000, false, "scripted", limits));
    return client.join();
  }

  void accept() throws IOException {
    channel = server.accept();
    frames = new FrameReader(1 << 16);
  }

  /** Reads the next frame, which must be of that kind. */
  Frame expect(Class<? extends Message> type) throws IOException {
    Frame frame = read();
    if (!type.isInstance(frame.message())) {
      throw new AssertionError("expected " + type.getSimpleName() + ", got " + frame.message());
    }
    return frame;
  }

  void reply(Frame to, Reply reply) throws IOException {
    write(to.requestId(), reply, EMPTY);
  }

  void reply(Frame to, Reply reply, byte[] payload) throws IOException {
    write(to.requestId(), reply, ByteBuffer.wrap(payload));
  }

  /** Ends the session as if the client's data were invalid. */
  void end(Reply.Error why) throws IOException {
    write(0, why, EMPTY);
  }

  void event(Event event) throws IOException {
    write(0, event, EMPTY);
  }

  void event(Frame of, Event event) throws IOException {
    write(of.requestId(), event, EMPTY);
  }

  /** Writes bytes that may not be a frame. */
  void raw(byte[] bytes) throws IOException {
    channel.write(ByteBuffer.wrap(bytes));
  }

  void disconnect() throws IOException {
    channel.close();
  }

  static Reply.Opened opened(long descriptor, SocketType type, int registration) {
    return opened(descriptor, descriptor + 1000, type, registration);
  }

  static Reply.Opened opened(long descriptor, long socket, SocketType type, int registration) {
    return new Reply.Opened(
        descriptor,
        socket,
        true,
        Family.INET,
        type,
        0,
        EnumSet.allOf(Right.class),
        null,
        null,
        registration,
        null);
  }

  static Reply.Error error(int errno) {
    return new Reply.Error(Errno.name(errno), errno, "words", false);
  }

  private Frame read() throws IOException {
    return codec.decode(frames.read(channel::read), frames.frameBytesMax());
  }

  private void write(long requestId, Message message, ByteBuffer payload) throws IOException {
    ByteBuffer head = codec.encode(requestId, message, payload.remaining());
    ByteBuffer whole = ByteBuffer.allocate(head.remaining() + payload.remaining());
    channel.write(whole.put(head).put(payload).flip());
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    server.close();
    Files.deleteIfExists(path());
    Files.delete(directory);
  }
}
