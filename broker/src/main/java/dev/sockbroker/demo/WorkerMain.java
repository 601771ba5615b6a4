package dev.sockbroker.demo;

import dev.sockbroker.child.ChildLoop;
import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.RegistrationEnd;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A worker of the demo. It uses the client library like any other program, and executes the
 * requests on its stdin.
 */
public final class WorkerMain {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration RETENTION = Duration.ofMinutes(1);

  private final String name;
  private final Broker broker;
  private final BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
  private final BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
  private SharedSocket listener;
  private SharedSocket connection;
  private Thread server;

  private WorkerMain(String name, Broker broker) {
    this.name = name;
    this.broker = broker;
  }

  /**
   * @param arguments the worker's name and the broker's socket
   */
  public static void main(String[] arguments) throws IOException {
    Broker.Builder builder =
        Broker.builder().socket(Path.of(arguments[1])).clientName("demo worker " + arguments[0]);
    try (Broker broker = builder.connect()) {
      ChildLoop.run(new WorkerMain(arguments[0], broker)::on);
    }
  }

  private Object on(String[] words) throws IOException, InterruptedException {
    return switch (words[0]) {
      case "open" -> open();
      case "share" -> share(Long.parseLong(words[1]));
      case "join" -> join(words[1]);
      case "attach" -> attach(words[1]);
      case "serve" -> serve();
      case "stop" -> stop();
      case "set" -> listener.setOption(words[1], Long.parseLong(words[2]));
      case "get" -> listener.getOption(words[1]);
      case "register" -> register();
      case "await-end" -> awaitEnd();
      case "await-accept" -> awaitAccept();
      case "count-events" -> events.size();
      case "begin-download" -> beginDownload(Integer.parseInt(words[1]), number(words, 2));
      case "hand-over" -> handOver(Long.parseLong(words[1]));
      case "end-download" -> endDownload(words[1], number(words, 2), number(words, 3));
      case "begin-upload" -> beginUpload(words[1], number(words, 2));
      case "end-upload" -> endUpload(words[1], number(words, 2), number(words, 3));
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private static int number(String[] words, int index) {
    return Integer.parseInt(words[index]);
  }

  // ---- the listener

  private Object open() throws IOException {
    SocketSpec spec = SocketSpec.tcpListen("127.0.0.1", 0).name("web").retain(RETENTION);
    listener = broker.open(spec);
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  private Object share(long pid) throws IOException {
    return listener.duplicate(Target.pid(pid)).text();
  }

  private Object join(String token) throws IOException {
    listener = broker.redeem(DescriptorToken.of(token));
    return "";
  }

  private Object attach(String label) throws IOException {
    listener = broker.attach(label);
    return "";
  }

  private Object serve() {
    server = new Thread(this::acceptUntilInterrupted, "server");
    server.start();
    return "";
  }

  /**
   * A waiting accept needs its own time, because a registered listener is non-blocking (rule 32).
   */
  private void acceptUntilInterrupted() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        HttpExchange.serve(listener.accept(Broker.FOREVER), name);
      }
    } catch (InterruptedIOException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      System.out.println("failed while serving: " + e);
    }
  }

  /** An interrupt ends the accept but not the session. */
  private Object stop() throws InterruptedException {
    server.interrupt();
    server.join();
    return "";
  }

  // ---- the registration

  private Object register() throws IOException {
    listener.onRegistrationEnd(ends::add);
    return listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), events::add);
  }

  private Object awaitEnd() throws InterruptedException {
    RegistrationEnd end = ends.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return end == null ? "nothing" : end.reason() + " " + end.number() + " " + end.pid();
  }

  /** Waits for an ACCEPT event and serves the connection. */
  private Object awaitAccept() throws IOException, InterruptedException {
    NetworkEventMessage event = events.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (event == null) {
      return "nothing";
    }
    SharedSocket accepted = event.socket().accept(Duration.ZERO);
    accepted.cancelSelect();
    HttpExchange.serve(accepted, name);
    return event.event() + " " + event.number();
  }

  // ---- a connection that changes hands

  private Object beginDownload(int count, int total) throws IOException {
    connection = listener.accept(PATIENCE);
    HttpExchange.readHead(connection);
    HttpExchange.writeHead(connection, name, total);
    HttpExchange.write(connection, TestBytes.of(0, count));
    return count;
  }

  private Object handOver(long pid) throws IOException {
    try (SharedSocket own = connection) {
      return own.duplicate(Target.pid(pid)).text();
    }
  }

  private Object endDownload(String token, int from, int total) throws IOException {
    try (SharedSocket taken = broker.redeem(DescriptorToken.of(token))) {
      HttpExchange.write(taken, TestBytes.of(from, total - from));
      return total - from;
    }
  }

  // ---- a connection that outlives its worker

  private Object beginUpload(String label, int count) throws IOException {
    connection = listener.accept(PATIENCE);
    connection.name(label, RETENTION);
    int early = HttpExchange.readHead(connection);
    byte[] bytes = HttpExchange.read(connection, count - early);
    boolean intact = TestBytes.matches(bytes, early, bytes.length);
    return (intact ? "intact " : "damaged ") + (early + bytes.length);
  }

  /**
   * Returns how many bytes arrived while the connection had no holder. Then it keeps the
   * connection.
   */
  private Object endUpload(String label, int from, int total) throws IOException {
    connection = broker.attach(label);
    int arrived = connection.peek(ByteBuffer.allocate(total - from), PATIENCE);
    byte[] bytes = HttpExchange.read(connection, total - from);
    boolean intact = bytes.length == total - from && TestBytes.matches(bytes, from, bytes.length);
    HttpExchange.writeHead(connection, name, 0);
    return (intact ? "intact " : "damaged ") + arrived;
  }
}
