package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A session whose client waits in one operation and does not read, like a process that was stopped.
 * It has asked so much that the broker can neither answer it nor reads more of it.
 */
final class StoppedSession implements Closeable {
  private final FrameCodec codec = new FrameCodec();
  private final ByteBuffer in = ByteBuffer.allocate(2 * FrameHeader.FRAME_BYTES_MAX);
  private final SocketChannel channel;
  private long lastRequest;
  private long waiting;
  private ByteBuffer unsent = ByteBuffer.allocate(0);

  /**
   * @param actor whose process has the session
   * @param shared the socket of which it has a descriptor
   * @param operation what it waits in, by that descriptor
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
      channel.configureBlocking(false);
      do {
        flood(new Request.ListOptions(opened.descriptor()));
        // Answered after all that the broker had to do before.
        actor.session().ask(new Request.Ping());
      } while (flood(new Request.ListOptions(opened.descriptor())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ask(Request request) throws IOException {
    unsent = frame(request);
    write();
  }

  private ByteBuffer frame(Request request) {
    ByteBuffer head = codec.encode(++lastRequest, request, 0);
    return ByteBuffer.allocate(head.remaining()).put(head).flip();
  }

  private boolean write() throws IOException {
    return channel.write(unsent) > 0;
  }

  /** Asks again and again until no more is taken; whether anything was. */
  private boolean flood(Request request) throws IOException {
    boolean any = false;
    while (true) {
      unsent = unsent.hasRemaining() ? unsent : frame(request);
      if (!write()) {
        return any;
      }
      any = true;
    }
  }

  /** Reads on, to the answer of the operation in which it waits. */
  Reply resume() {
    try {
      channel.configureBlocking(true);
      return (Reply) answer(waiting).message();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Frame answer(long request) throws IOException {
    while (true) {
      in.flip();
      while (isWhole()) {
        Frame frame = codec.decode(in, FrameHeader.FRAME_BYTES_MAX);
        if (frame.requestId() == request) {
          in.compact();
          return frame;
        }
      }
      in.compact();
      if (channel.read(in) < 0) {
        throw new AssertionError("the session has ended");
      }
    }
  }

  private boolean isWhole() {
    return in.remaining() >= FrameHeader.BYTES
        && in.remaining() >= FrameHeader.LENGTH_BYTES + in.getInt(in.position());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
