package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.BrokerSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * A listener and both ends of a connection to it as {@code java.net} types, either all of the JDK
 * or all of the broker.
 */
final class SocketPair implements AutoCloseable {
  static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  static final int SOON = 30_000;

  final SocketFactory clients;
  final ServerSocketFactory servers;
  final ServerSocket listener;
  final Socket client;
  final Socket server;

  /** The owner of the sockets. */
  enum Owner {
    JDK,
    BROKER
  }

  private SocketPair(SocketFactory clients, ServerSocketFactory servers) throws IOException {
    this.clients = clients;
    this.servers = servers;
    listener = servers.createServerSocket(0, 50, LOOPBACK);
    client = clients.createSocket(LOOPBACK, listener.getLocalPort());
    server = listener.accept();
    client.setSoTimeout(SOON);
    server.setSoTimeout(SOON);
  }

  static SocketPair of(Owner owner, BrokerProcess broker) throws IOException {
    String path = broker.socket().toString();
    return switch (owner) {
      case JDK -> new SocketPair(SocketFactory.getDefault(), ServerSocketFactory.getDefault());
      case BROKER ->
          new SocketPair(new BrokerSocketFactory(path), new BrokerServerSocketFactory(path));
    };
  }

  @Override
  public void close() throws IOException {
    listener.close();
    client.close();
    server.close();
  }

  static void send(Socket from, String text) throws IOException {
    from.getOutputStream().write(text.getBytes(UTF_8));
  }

  static String receive(Socket at, int length) throws IOException {
    return new String(at.getInputStream().readNBytes(length), UTF_8);
  }

  /** Starts the call, waits until its thread blocks in it, and then performs the action. */
  static <T> Future<T> whileWaiting(Callable<T> call, Action then) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = new Thread(task, "waits");
    thread.setDaemon(true);
    thread.start();
    awaitInside(thread);
    then.on(thread);
    return task;
  }

  private static void awaitInside(Thread thread) {
    await().until(() -> isWaiting(thread.getStackTrace()));
  }

  /** Whether the thread waits in the kernel or for the broker. */
  private static boolean isWaiting(StackTraceElement[] stack) {
    boolean isNative = stack.length > 0 && stack[0].isNativeMethod();
    return Arrays.stream(stack)
        .anyMatch(
            it ->
                it.getClassName().endsWith("NioSocketImpl") && isNative
                    || it.getClassName().endsWith("client.Session")
                    || it.getClassName().endsWith("EPoll") && isNative);
  }

  interface Action {
    void on(Thread thread) throws Exception;
  }

  static <T> void assertEndsClosed(Future<T> waiting) {
    assertThatThrownBy(() -> waiting.get(30, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }
}
