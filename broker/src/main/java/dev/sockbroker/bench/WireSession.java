package dev.sockbroker.bench;

import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** A session without a thread, so that one process can have thousands. Only one thread uses it. */
final class WireSession implements Closeable {
  /** Room for most replies. It is small, because there are thousands of sessions. */
  private static final int REPLY_BYTES = 512;

  /** Shared by all sessions, because only one thread uses them. */
  private static final FrameCodec CODEC = new FrameCodec();

  private final SocketChannel channel;
  private final FrameReader frames = new FrameReader(REPLY_BYTES);
  private long lastRequest;

  private WireSession(SocketChannel channel) {
    this.channel = channel;
  }

  /** Opens an administrator's session, which may attach to sockets without a name. */
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
    ByteBuffer frame = frames.read(channel::read);
    Message reply = CODEC.decode(frame, frames.frameBytesMax()).message();
    if (reply instanceof Reply.Error error) {
      throw new IOException(error.error() + ": " + error.message());
    }
    return type.cast(reply);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
