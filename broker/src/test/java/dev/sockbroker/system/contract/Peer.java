package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A plain socket at the other end of a connection, in the test's own process. */
final class Peer implements Closeable {
  private final Scene scene;
  private final SocketChannel channel;
  private Holder other;

  Peer(Scene scene, SocketChannel channel) {
    this.scene = scene;
    this.channel = channel;
  }

  static Peer connect(Scene scene, Address address) {
    try {
      SocketChannel channel = SocketChannel.open(jdk(address));
      if (address.path() == null) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      return new Peer(scene, channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static SocketAddress jdk(Address address) {
    return address.path() != null
        ? UnixDomainSocketAddress.of(address.path())
        : new InetSocketAddress(address.host(), address.port());
  }

  /** Sets the holder of the other end, which {@link #reset} needs on Unix sockets. */
  void knows(Holder holder) {
    other = holder;
  }

  /** Connects a stream in a worker's process. Returns the worker's end. */
  static Peer stream(Actor worker, String key) {
    SocketChannel channel = worker.process().openSession();
    Peer stream = worker.scene().closedAtTheEnd(new Peer(worker.scene(), channel));
    Reply reply = stream.hello(key);
    assertThat(reply).as("the reply to the key of a stream").isInstanceOf(Reply.Done.class);
    return stream;
  }

  /** A connection that shows a key. Returns the reply. */
  static Reply showKey(Actor worker, String key) {
    Peer stream = new Peer(worker.scene(), worker.process().openSession());
    return worker.scene().closedAtTheEnd(stream).hello(key);
  }

  private Reply hello(String key) {
    FrameCodec codec = new FrameCodec();
    FrameReader frames = new FrameReader(FrameHeader.BYTES);
    try {
      ByteBuffer hello = codec.encode(1, new Request.StreamHello(key), 0);
      while (hello.hasRemaining()) {
        channel.write(hello);
      }
      ByteBuffer frame = frames.read(channel::read);
      return (Reply) codec.decode(frame, frames.frameBytesMax()).message();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SocketChannel channel() {
    return channel;
  }

  Step send(String bytes) {
    return send(bytes.getBytes(StandardCharsets.UTF_8));
  }

  Step send(byte[] bytes) {
    return act("the peer sends " + bytes.length, () -> write(bytes));
  }

  /** Sends outside of the steps, on a separate thread. */
  void sendQuietly(byte[] bytes) {
    try {
      write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Reads as many bytes as these and compares them. */
  void reads(String bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes.length());
    try {
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String read = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    assertThat(read).as("what the peer reads").isEqualTo(bytes);
  }

  /** Reads to the end of the stream. Returns the number of bytes. */
  long drain() {
    long count = 0;
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    try {
      for (int got = 0; got >= 0; got = channel.read(buffer.clear())) {
        count += got;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count;
  }

  /** Reads exactly this many bytes of any value. */
  byte[] take(int count) {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new AssertionError("the stream ended after " + buffer.position() + " bytes");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return buffer.array();
  }

  /** Reads until this many bytes have arrived. It is a step, because it makes room. */
  Step drains(long count) {
    return act(
        "the peer drains",
        () -> {
          for (long left = count; left > 0; ) {
            left -= take((int) Math.min(left, 1 << 20)).length;
          }
        });
  }

  /** Asserts that the stream has ended without unread bytes. */
  void seesEnd() {
    assertThat(drain()).as("bytes before the end of the stream").isZero();
  }

  /** Asserts that the connection was reset. */
  void seesReset() {
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }

  /** Asserts that there is neither data nor an end. */
  void seesNothing() {
    try {
      channel.configureBlocking(false);
      assertThat(channel.read(ByteBuffer.allocate(1))).as("what the peer reads").isZero();
      channel.configureBlocking(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Step shutdownSend() {
    return act("the peer ends its sending", channel::shutdownOutput);
  }

  Step shutdownReceive() {
    return act("the peer ends its receiving", channel::shutdownInput);
  }

  /** Closes after it has read everything. */
  Step closes() {
    return act("the peer closes", channel::close);
  }

  /** At the end of the scene. */
  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * TCP: closes with linger (1,0). Unix: closes with unread data, which is the only way to reset.
   */
  Step reset() {
    if (scene.isUnix()) {
      other.send("unread");
      return closes();
    }
    return act(
        "the peer resets",
        () -> {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
          channel.close();
        });
  }

  private Step act(String what, Act act) {
    scene.beginStep(what);
    try {
      act.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return scene.done();
  }

  private interface Act {
    void run() throws IOException;
  }
}
