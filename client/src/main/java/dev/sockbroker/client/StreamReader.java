package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** The receiving direction of a stream. */
final class StreamReader implements LaneReader {
  /** The most bytes that {@link #available} takes from the channel. */
  private static final int AHEAD_BYTES = 65_536;

  private final SocketStream stream;
  private final SocketChannel channel;
  private final StreamGreeting greeting;
  private final ChannelWait wait;
  private final ReentrantLock lock = new ReentrantLock();

  /** Bytes that {@link #available} has read ahead; null if there are none. */
  private ByteBuffer ahead;

  /** Whether the last read has probably emptied the channel. */
  private boolean drained = true;

  private boolean atEnd;

  StreamReader(
      SocketStream stream, SocketChannel channel, StreamGreeting greeting, ChannelWait wait) {
    this.stream = stream;
    this.channel = channel;
    this.greeting = greeting;
    this.wait = wait;
  }

  @Override
  public int read(ByteBuffer into, Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      if (!into.hasRemaining()) {
        return 0;
      }
      if (ahead != null) {
        return takeAhead(into);
      }
      long deadline = ChannelWait.deadline(timeout);
      greeting.await(deadline, timeout);
      wait.check();
      return atEnd ? end() : readChannel(into, deadline, timeout);
    } finally {
      lock.unlock();
    }
  }

  private int readChannel(ByteBuffer into, long deadline, Duration timeout) throws IOException {
    if (drained && !timeout.isZero()) {
      wait.await(deadline, timeout);
    }
    int count = readNow(into);
    while (count == 0) {
      wait.await(deadline, timeout);
      count = readNow(into);
    }
    return count;
  }

  private int readNow(ByteBuffer into) throws IOException {
    wait.check();
    int room = into.remaining();
    int count;
    try {
      count = channel.read(into);
    } catch (IOException e) {
      wait.check();
      throw e;
    }
    drained = count < room;
    return count < 0 ? end() : count;
  }

  /** The end, or the same error each time. */
  private int end() throws IOException {
    atEnd = true;
    stream.checkEnd(Direction.RECEIVE);
    // the broker ends the connection of a revoked descriptor, too
    wait.checkAsleep();
    return -1;
  }

  private int takeAhead(ByteBuffer into) {
    int count = Math.min(ahead.remaining(), into.remaining());
    into.put(ahead.slice(ahead.position(), count));
    ahead.position(ahead.position() + count);
    if (!ahead.hasRemaining()) {
      ahead = null;
    }
    return count;
  }

  /** The number of bytes that have arrived and were not read, up to {@value #AHEAD_BYTES}. */
  @Override
  public int available() throws IOException {
    wait.enter(lock);
    try {
      if (ahead == null && !atEnd) {
        ByteBuffer buffer = ByteBuffer.allocate(AHEAD_BYTES);
        int count = readIfThere(buffer);
        ahead = count > 0 ? buffer.flip() : null;
      }
      return ahead == null ? 0 : ahead.remaining();
    } finally {
      lock.unlock();
    }
  }

  private int readIfThere(ByteBuffer into) throws IOException {
    try {
      greeting.await(0, Duration.ZERO);
      return readNow(into);
    } catch (WouldBlockException e) {
      return 0;
    }
  }
}
