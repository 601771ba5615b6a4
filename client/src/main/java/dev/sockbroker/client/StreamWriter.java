package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** The sending direction of a stream. */
final class StreamWriter implements LaneWriter {
  private final SocketStream stream;
  private final SocketChannel channel;
  private final StreamGreeting greeting;
  private final ChannelWait wait;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long position;

  StreamWriter(
      SocketStream stream, SocketChannel channel, StreamGreeting greeting, ChannelWait wait) {
    this.stream = stream;
    this.channel = channel;
    this.greeting = greeting;
    this.wait = wait;
  }

  @Override
  public void write(ByteBuffer from, Duration timeout) throws IOException {
    wait.enter(lock);
    try {
      long deadline = ChannelWait.deadline(timeout);
      greeting.await(deadline, timeout);
      writeNow(from);
      while (from.hasRemaining()) {
        wait.await(deadline, timeout);
        writeNow(from);
      }
    } finally {
      lock.unlock();
    }
  }

  private void writeNow(ByteBuffer from) throws IOException {
    wait.check();
    try {
      position += channel.write(from);
    } catch (ClosedChannelException e) {
      wait.check();
      throw e;
    } catch (IOException e) {
      wait.check();
      stream.checkEnd(Direction.SEND);
      wait.checkAsleep();
      throw e;
    }
  }

  /** How many bytes were written. */
  long position() {
    return position;
  }
}
