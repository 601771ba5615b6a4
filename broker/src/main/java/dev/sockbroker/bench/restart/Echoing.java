package dev.sockbroker.bench.upgrade;

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
import java.util.concurrent.CompletableFuture;

/** A worker that echoes on one connection, and its client, which compares every byte. */
final class Echoing implements AutoCloseable {
  private static final int MESSAGE_BYTES = 4096;
  private static final int SEED = 14;

  private final Broker broker;
  private final Socket client;
  private final CompletableFuture<Void> worker;
  private final CompletableFuture<Long> checked;
  private volatile boolean over;

  Echoing(Path socket) throws IOException {
    broker = Broker.connect(socket);
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    client = new Socket(InetAddress.getLoopbackAddress(), port);
    SharedSocket connection = listener.accept();
    worker = CompletableFuture.runAsync(() -> echo(connection), UpgradeMain::onOwnThread);
    checked = CompletableFuture.supplyAsync(this::compare, UpgradeMain::onOwnThread);
  }

  private static void echo(SharedSocket connection) {
    ByteBuffer bytes = ByteBuffer.allocate(MESSAGE_BYTES);
    try {
      while (connection.receive(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          connection.send(bytes);
        }
      }
    } catch (IOException e) {
      throw new AssertionError("the worker lost its connection", e);
    }
  }

  private long compare() {
    Random random = new Random(SEED);
    byte[] sent = new byte[MESSAGE_BYTES];
    byte[] received = new byte[MESSAGE_BYTES];
    long count = 0;
    try {
      DataInputStream in = new DataInputStream(client.getInputStream());
      while (!over) {
        random.nextBytes(sent);
        client.getOutputStream().write(sent);
        in.readFully(received);
        int wrong = Arrays.mismatch(sent, received);
        if (wrong >= 0) {
          throw new AssertionError("byte " + (count + wrong) + " is wrong");
        }
        count += MESSAGE_BYTES;
      }
      client.shutdownOutput();
    } catch (IOException e) {
      throw new AssertionError("the client lost its connection after " + count + " bytes", e);
    }
    return count;
  }

  /** Ends it. Returns how many bytes came back unchanged. */
  long checkedBytes() {
    over = true;
    long bytes = checked.join();
    worker.join();
    return bytes;
  }

  @Override
  public void close() throws IOException {
    over = true;
    client.close();
    broker.close();
  }
}
