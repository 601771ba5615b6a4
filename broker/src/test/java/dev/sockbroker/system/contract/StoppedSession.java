package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A session whose client waits in one operation and does not read, like a stopped process. It has
 * sent more requests than fit into its connection, so the broker can no longer answer it.
 */
final class StoppedSession implements Closeable {
  /** The answers are several times longer than what a connection and the broker buffer. */
  private static final int REQUESTS = 1000;

  private final FrameCodec codec = new FrameCodec();
  private final FrameReader frames = new FrameReader(FrameHeader.FRAME_BYTES_MAX);
  private final SocketChannel channel;
  private long lastRequest;
  private long waiting;

  /**
   * @param actor the owner of the process with the session
   * @param shared the socket of its descriptor
   * @param operation the operation that waits on that descriptor
   */
  StoppedSession(Actor actor, Holder shared, LongFunction<Request> operation) {
    String token = shared.tokenFor(actor);
    channel = actor.process().openSession();
    actor.scene().closedAtTheEnd(this);
    try {
      ask(new Request.Hello(List.of(Message.VERSION), "stopped", false, Lifetime.CONNECTION));
      ask(new Request.Redeem(token));
      Reply.Opened opened = (Reply.Opened) answer(lastRequest).message();
      ask(operation.apply(opened.descriptor()));
      waiting = lastRequest;
      askForTooMuch(new Request.Show("d" + opened.descriptor()));
      for (int i = 0; i < REQUESTS; i++) {
        // in each turn the broker handles a request of every session that it can answer
        actor.session().ask(new Request.Ping());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ask(Request request) throws IOException {
    write(codec.encode(++lastRequest, request, 0));
  }

  /** Writes them in one piece that fits into the connection. */
  private void askForTooMuch(Request request) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(REQUESTS * 100);
    for (int i = 0; i < REQUESTS; i++) {
      all.put(codec.encode(++lastRequest, request, 0));
    }
    write(all.flip());
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads up to the answer of the waiting operation. */
  Reply resume() {
    try {
      return (Reply) answer(waiting).message();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Frame answer(long request) throws IOException {
    while (true) {
      Frame frame = codec.decode(frames.read(channel::read), frames.frameBytesMax());
      if (frame.requestId() == request) {
        return frame;
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
