package dev.sockbroker.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A blocking socket of the worker itself, with one system call per call. */
final class ChannelLink implements Link {
  private final SocketChannel channel;
  private final ByteBuffer in;
  private final ByteBuffer out;

  ChannelLink(SocketChannel channel, int capacity) throws IOException {
    this.channel = channel;
    in = ByteBuffer.allocateDirect(capacity);
    out = ByteBuffer.allocateDirect(capacity);
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  static ChannelLink connect(SocketAddress address, int capacity) throws IOException {
    return new ChannelLink(SocketChannel.open(address), capacity);
  }

  @Override
  public int receive() throws IOException {
    return channel.read(in.clear());
  }

  @Override
  public void send(int count) throws IOException {
    out.clear().limit(count);
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
