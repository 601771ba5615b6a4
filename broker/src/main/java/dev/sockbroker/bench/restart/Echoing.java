package dev.sockbroker.bench.restart;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;

/** A worker that echoes on one connection, and its client, which compares every byte. */
final class Echoing implements AutoCloseable {
  private static final int MESSAGE_BYTES = 4096;
  private static final int SEED = 14;

  private final Broker broker;
  private final Socket client;
  private final FutureTask<Void> worker;
  private final FutureTask<Long> checked;
  private volatile boolean over;

  Echoing(Path socket) throws IOException {
    broker = Broker.connect(socket);
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    client = new Socket(InetAddress.getLoopbackAddress(), port);
    SharedSocket connection = listener.accept();
    worker = Background.begin(() -> echo(connection));
    checked = Background.begin(this::compare);
  }

  private static Void echo(SharedSocket connection) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MESSAGE_BYTES);
    while (connection.receive(bytes.clear()) >= 0) {
      bytes.flip();
      while (bytes.hasRemaining()) {
        connection.send(bytes);
      }
    }
    return null;
  }

  private long compare() throws IOException {
    Random random = new Random(SEED);
    byte[] sent = new byte[MESSAGE_BYTES];
    byte[] received = new byte[MESSAGE_BYTES];
    long count = 0;
    DataInputStream in = new DataInputStream(client.getInputStream());
    while (!over) {
      random.nextBytes(sent);
      client.getOutputStream().write(sent);
      in.readFully(received);
      int wrong = Arrays.mismatch(sent, received);
      if (wrong >= 0) {
        throw new IOException("byte " + (count + wrong) + " is wrong");
      }
      count += MESSAGE_BYTES;
    }
    client.shutdownOutput();
    return count;
  }

  /** Ends it. Returns how many bytes came back unchanged. */
  long checkedBytes() throws IOException {
    over = true;
    long bytes = Background.result(checked);
    Background.result(worker);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    over = true;
    client.close();
    broker.close();
  }
}
