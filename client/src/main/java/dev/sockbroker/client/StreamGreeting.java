package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The broker's reply to the hello of a stream, which comes before the bytes. Both directions wait
 * for it. A reader would mistake it for data. Bytes written before it could be lost, because the
 * broker may see the end of the session before it sees this connection.
 */
final class StreamGreeting {
  private final SocketStream stream;
  private final SocketChannel channel;
  private final ChannelWait wait;
  private final ReentrantLock lock = new ReentrantLock();

  /** Takes exactly the reply, which has no JSON, unless it is an error. Guarded by the lock. */
  private final FrameReader frames = new FrameReader(FrameHeader.BYTES);

  private volatile boolean read;

  /**
   * @param wait the wait of the receiving direction, which does not use it before the greeting
   */
  StreamGreeting(SocketStream stream, SocketChannel channel, ChannelWait wait) {
    this.stream = stream;
    this.channel = channel;
    this.wait = wait;
  }

  /** Reads the reply if no thread has read it yet. */
  void await(long deadline, Duration timeout) throws IOException {
    if (read) {
      return;
    }
    wait.enter(lock);
    try {
      while (!read) {
        ByteBuffer frame = next();
        if (frame == null) {
          wait.await(deadline, timeout);
        } else {
          onReply(frame);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the reply, or null if it has not arrived. */
  private ByteBuffer next() throws IOException {
    wait.check();
    ByteBuffer frame = frames.next();
    if (frame != null) {
      return frame;
    }
    if (!frames.fill(channel::read)) {
      stream.checkEnd(Direction.RECEIVE);
      throw new EOFException("the broker has closed the connection of the stream");
    }
    return frames.next();
  }

  private void onReply(ByteBuffer frame) throws IOException {
    Message reply = new FrameCodec().decode(frame, frames.frameBytesMax()).message();
    if (reply instanceof Reply.Error error) {
      throw new BrokerException(error.errno(), error.message());
    }
    read = true;
  }
}
