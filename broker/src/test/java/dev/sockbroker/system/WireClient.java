package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * A session at the level of bytes. It can write data that no client library would write, and reads
 * only on request. For one thread.
 */
public final class WireClient implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final SocketChannel channel;
  private final Selector selector;
  private final FrameCodec codec = new FrameCodec();
  private final FrameReader frames = new FrameReader(1 << 16);
  private final Queue<Event> events = new ArrayDeque<>();
  private long lastRequest;
  private Reply.Welcome welcome;
  private int largestFrame;
  private ByteBuffer payload;

  private Duration deadline = DEADLINE;

  private WireClient(SocketChannel connected) throws IOException {
    channel = connected;
    channel.configureBlocking(false);
    selector = Selector.open();
    channel.register(selector, 0);
  }

  /** A connection that has sent nothing yet. */
  public static WireClient connect(Path socket) throws IOException {
    return over(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  /** The same over an existing connection. */
  public static WireClient over(SocketChannel channel) throws IOException {
    return new WireClient(channel);
  }

  /** A session that has said hello. */
  public static WireClient welcomed(Path socket) throws IOException {
    WireClient client = connect(socket);
    assertThat(client.hello()).isInstanceOf(Reply.Welcome.class);
    return client;
  }

  /** Sends a hello. Returns the welcome, or the error. */
  public Reply hello() throws IOException {
    return hello(false);
  }

  public Reply hello(boolean administrator) throws IOException {
    return hello(administrator, Lifetime.CONNECTION);
  }

  public Reply hello(boolean administrator, Lifetime lifetime) throws IOException {
    send(new Request.Hello(List.of(1), "test", administrator, lifetime));
    Reply reply = (Reply) next().message();
    welcome = reply instanceof Reply.Welcome it ? it : null;
    return reply;
  }

  public Reply.Welcome welcome() {
    return welcome;
  }

  /** Writes a request. Returns its id. */
  public long send(Request request) throws IOException {
    return send(++lastRequest, request, new byte[0]);
  }

  public long send(long requestId, Message message, byte[] payload) throws IOException {
    write(codec.encode(requestId, message, payload.length));
    write(ByteBuffer.wrap(payload));
    return requestId;
  }

  /** Writes any bytes. Fails if the broker does not take them in time. */
  void write(ByteBuffer bytes) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        await(SelectionKey.OP_WRITE, end, "room to write");
      }
    }
  }

  /** Writes the bytes that the kernel takes now. Returns their number. */
  int writeSome(ByteBuffer bytes) throws IOException {
    return channel.write(bytes);
  }

  /** Sends a request and waits for its reply. Earlier events are kept. */
  public Reply ask(Request request) throws IOException {
    return ask(request, new byte[0]);
  }

  public Reply ask(Request request, byte[] payload) throws IOException {
    return replyTo(send(++lastRequest, request, payload));
  }

  public <T extends Reply> T ask(Class<T> type, Request request) throws IOException {
    return type.cast(ask(request));
  }

  /** The payload of the last reply, valid until the next frame. */
  ByteBuffer payload() {
    return payload;
  }

  public Reply replyTo(long requestId) throws IOException {
    while (true) {
      Frame frame = next();
      if (frame == null) {
        throw new AssertionError("the session ended without a reply to request " + requestId);
      } else if (frame.message() instanceof Event event) {
        events.add(event);
      } else {
        assertThat(frame.requestId()).isEqualTo(requestId);
        payload = frame.payload();
        return (Reply) frame.message();
      }
    }
  }

  /**
   * Sends a request that must be refused. The error has a name, a number and a message with the
   * subject.
   */
  public Reply.Error refused(int errno, Request request) throws IOException {
    return assertRefused(errno, request, ask(request));
  }

  static Reply.Error assertRefused(int errno, Request request, Reply reply) {
    assertThat(reply).as("the reply to %s", request).isInstanceOf(Reply.Error.class);
    Reply.Error error = (Reply.Error) reply;
    assertThat(error.error()).as(error.message()).isEqualTo(Errno.name(errno));
    assertThat(error.errno()).isEqualTo(errno);
    assertThat(error.message()).hasSizeGreaterThan(15);
    return error;
  }

  /** Waits longer from now on, for what takes long. */
  public void waitFor(Duration longer) {
    deadline = longer;
  }

  /** The next event, either kept or new. */
  public Event event() throws IOException {
    if (!events.isEmpty()) {
      return events.remove();
    }
    return (Event) next().message();
  }

  /** The next event of that kind. Earlier ones are dropped. */
  public <T extends Event> T takeEvent(Class<T> kind) throws IOException {
    Event event = event();
    while (!kind.isInstance(event)) {
      event = event();
    }
    return kind.cast(event);
  }

  /** The next frame; null at the end of the connection. */
  Frame next() throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      ByteBuffer frame = frames.next();
      while (frame == null) {
        if (!frames.fill(into -> read(into, end, "a frame"))) {
          assertThat(frames.rest().remaining()).as("bytes of a frame that was cut off").isZero();
          return null;
        }
        frame = frames.next();
      }
      largestFrame = Math.max(largestFrame, frame.remaining());
      return codec.decode(frame, frames.frameBytesMax());
    } catch (MalformedFrameException e) {
      throw new AssertionError(e);
    }
  }

  private int read(ByteBuffer into, long end, String what) throws IOException {
    int count = channel.read(into);
    while (count == 0) {
      await(SelectionKey.OP_READ, end, what);
      count = channel.read(into);
    }
    return count;
  }

  /** The next bytes outside of frames. */
  ByteBuffer bytes(int count) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    while (frames.rest().remaining() < count) {
      if (!frames.fill(into -> read(into, end, "bytes"))) {
        throw new AssertionError("the connection has ended");
      }
    }
    return ByteBuffer.allocate(count).put(frames.take(count)).flip();
  }

  /** Reads and discards everything until the connection ends. */
  void skipToEnd() throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    ByteBuffer skipped = ByteBuffer.allocate(1 << 16);
    for (int count = 0; count >= 0; count = read(skipped.clear(), end, "end")) {
      continue;
    }
  }

  /** The size of the largest frame that came, in bytes. */
  int largestFrame() {
    return largestFrame;
  }

  private void await(int operation, long end, String what) throws IOException {
    channel.keyFor(selector).interestOps(operation);
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0 || selector.select(left) == 0) {
      throw new AssertionError("no " + what + " in " + deadline);
    }
    selector.selectedKeys().clear();
  }

  /** Gets a descriptor of another session's socket, with all rights. Returns its id. */
  long redeem(SharedSocket socket) throws IOException {
    String token = socket.duplicate(Target.session(welcome.session()), Rights.all()).text();
    return ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
  }

  /** How many streams the broker has. */
  int streams() throws IOException {
    return ask(Reply.BrokerInfo.class, new Request.ShowBroker()).streams();
  }

  /**
   * Asks without reading until the broker reads no more of it. Returns the number of questions.
   *
   * @param descriptor to ask about
   */
  int askUntilItIsFull(WireClient observer, long descriptor) throws IOException {
    int count = 0;
    for (int refused = 0; refused < 10; ) {
      if (writeSome(codec.encode(1000 + count, new Request.ListOptions(descriptor), 0)) > 0) {
        count++;
        refused = 0;
      } else {
        // after its reply the broker has had a turn for the other session, too
        observer.ask(new Request.Ping());
        refused++;
      }
    }
    return count;
  }

  /** Asserts that the session gets one error frame and then ends. */
  Reply.Error assertEndsWith(int errno) throws IOException {
    Frame last = next();
    assertThat(last).as("an error frame before the end").isNotNull();
    Reply.Error error = assertRefused(errno, null, (Reply) last.message());
    assertEnds();
    return error;
  }

  /** Asserts that nothing more arrives and the connection ends. */
  void assertEnds() throws IOException {
    try {
      assertThat(next()).isNull();
    } catch (IOException e) {
      // bytes that were sent after the broker stopped reading cause a reset
      assertThat(e).hasMessageContaining("reset");
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
