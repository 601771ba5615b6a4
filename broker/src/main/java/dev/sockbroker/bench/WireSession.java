package dev.sockbroker.bench;

import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** A session without a thread, of which one process can have thousands. Used by one thread. */
final class WireSession implements Closeable {
  private static final int FRAME_BYTES_MAX = 1 << 16;

  /** Shared by all sessions of the one thread. */
  private static final FrameCodec CODEC = new FrameCodec();

  private static final ByteBuffer IN = ByteBuffer.allocateDirect(FRAME_BYTES_MAX);

  private final SocketChannel channel;
  private long lastRequest;

  private WireSession(SocketChannel channel) {
    this.channel = channel;
  }

  /** An administrator's session, which may attach to what has no name. */
  static WireSession open(Path broker) throws IOException {
    WireSession session = new WireSession(SocketChannel.open(UnixDomainSocketAddress.of(broker)));
    session.call(
        new Request.Hello(List.of(Message.VERSION), "bench", true, Lifetime.CONNECTION),
        Reply.Welcome.class);
    return session;
  }

  <R extends Reply> R call(Request request, Class<R> type) throws IOException {
    ByteBuffer out = CODEC.encode(++lastRequest, request, 0);
    while (out.hasRemaining()) {
      channel.write(out);
    }
    IN.clear();
    fill(FrameHeader.LENGTH_BYTES);
    fill(FrameHeader.LENGTH_BYTES + IN.getInt(0));
    Message reply = CODEC.decode(IN.flip(), FRAME_BYTES_MAX).message();
    if (reply instanceof Reply.Error error) {
      throw new IOException(error.error() + ": " + error.message());
    }
    return type.cast(reply);
  }

  private void fill(int count) throws IOException {
    IN.limit(count);
    while (IN.hasRemaining()) {
      if (channel.read(IN) < 0) {
        throw new EOFException("the broker has ended the session");
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
