package dev.sockbroker.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/** A worker with its own selector. */
final class NativeEvents implements EventLoad {
  private final NativeLane listener;

  NativeEvents() throws IOException {
    listener = NativeLane.open("");
  }

  @Override
  public String address() throws IOException {
    return listener.address();
  }

  @Override
  public Histogram run() throws IOException {
    Histogram nanos = Latency.histogram();
    ByteBuffer stamp = ByteBuffer.allocateDirect(Long.BYTES);
    ByteBuffer answer = ByteBuffer.allocateDirect(1);
    try (SocketChannel channel = listener.acceptChannel();
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      while (true) {
        selector.select();
        selector.selectedKeys().clear();
        long now = System.nanoTime();
        if (channel.read(stamp.clear()) < 0) {
          return nanos;
        }
        nanos.recordValue(now - stamp.getLong(0));
        channel.write(answer.clear());
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
