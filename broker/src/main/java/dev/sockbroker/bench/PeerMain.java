package dev.sockbroker.bench;

import dev.sockbroker.child.ChildLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The other end of the connections: an ordinary program that owns its sockets. */
public final class PeerMain {
  private PeerMain() {}

  public static void main(String[] arguments) throws IOException {
    ChildLoop.run(PeerMain::on);
  }

  /** Returns bytes per second, or a histogram. */
  private static Object on(String[] words) throws IOException, InterruptedException {
    SocketAddress address = Endpoint.parse(words[1]);
    return switch (words[0]) {
      case "send" -> traffic(words, address, 1).send(number(words, 3), number(words, 4));
      case "receive" -> traffic(words, address, 1).receive();
      case "ping" -> {
        int pipeline = number(words, 4);
        Traffic traffic = traffic(words, address, pipeline);
        yield Latency.encode(traffic.ping(number(words, 3), pipeline, number(words, 5)));
      }
      case "web" ->
          new WebClients(address, Boolean.parseBoolean(words[3]))
              .run(number(words, 2), number(words, 4));
      case "events" -> events(address, number(words, 2));
      case "idle" -> idle(address, number(words, 2));
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private static Traffic traffic(String[] words, SocketAddress address, int pipeline)
      throws IOException {
    int capacity = number(words, 3) * pipeline;
    return Traffic.of(number(words, 2), () -> ChannelLink.connect(address, capacity));
  }

  /**
   * Sends the current time repeatedly, each time after the worker's reply. Other processes can
   * compare it with their own time, because {@link System#nanoTime} is the same clock in all
   * processes on Linux.
   */
  private static String events(SocketAddress address, long millis) throws IOException {
    long end = System.nanoTime() + millis * 1_000_000;
    ByteBuffer stamp = ByteBuffer.allocateDirect(Long.BYTES);
    ByteBuffer answer = ByteBuffer.allocateDirect(1);
    try (SocketChannel channel = SocketChannel.open(address)) {
      while (System.nanoTime() < end) {
        channel.write(stamp.clear().putLong(System.nanoTime()).flip());
        if (channel.read(answer.clear()) < 0) {
          throw new IOException("the worker closed before it had answered");
        }
      }
    }
    return "";
  }

  /** Keeps an idle connection open. */
  private static String idle(SocketAddress address, long millis)
      throws IOException, InterruptedException {
    try (SocketChannel channel = SocketChannel.open(address)) {
      Thread.sleep(millis);
      return Boolean.toString(channel.isConnected());
    }
  }

  private static int number(String[] words, int index) {
    return Integer.parseInt(words[index]);
  }
}
