package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP clients that send requests as fast as they can. Half of them use a new connection for each
 * request, and half keep their connections until the server ends them. Nothing is retried.
 */
final class HttpLoad implements AutoCloseable {
  private static final int CLIENTS_OF_EACH_KIND = 2;
  private static final int SILENCE_MAX_MILLIS = 30_000;

  // HTTP/2 (RFC 9113, 4.1 and 6.5)
  private static final byte SETTINGS = 4;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int SETTING_BYTES = 6;
  private static final int MAX_CONCURRENT_STREAMS = 3;

  // Kafka: after its length, a request has the number of its type, a version, its own number, no
  // name of the client, and no topic
  private static final short METADATA = 3;
  private static final int METADATA_BYTES = 14;

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");

  private final InetSocketAddress server;
  private final List<Thread> clients = new ArrayList<>();
  private final Set<String> bodies = ConcurrentHashMap.newKeySet();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong onNew = new AtomicLong();
  private final AtomicLong onKept = new AtomicLong();
  private volatile boolean ending;

  /** One answer. */
  private record Answer(int status, boolean isLast, String body) {}

  private HttpLoad(InetSocketAddress server) {
    this.server = server;
  }

  HttpLoad(int port) {
    this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    start(this::askOnce);
    start(this::askOnAndOn);
  }

  /**
   * Clients that connect and read the settings of HTTP/2, each time on a new connection. The most
   * concurrent streams that a server allows are its pid.
   */
  static HttpLoad ofHttp2(int port) {
    HttpLoad load = new HttpLoad(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    load.start(load::readSettings);
    return load;
  }

  /**
   * Clients that ask Kafka for its nodes, each time on a new connection. The number of the only
   * node is the pid.
   */
  static HttpLoad ofKafka(int port) {
    HttpLoad load = new HttpLoad(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    load.start(load::readNodes);
    return load;
  }

  private void start(Round round) {
    for (int i = 0; i < CLIENTS_OF_EACH_KIND; i++) {
      clients.add(Thread.ofPlatform().start(() -> repeat(round)));
    }
  }

  /** All distinct bodies of the answers. */
  Set<String> bodies() {
    return bodies;
  }

  /** The number of requests answered on new connections. */
  long onNew() {
    return onNew.get();
  }

  /** The number of requests answered on kept connections. */
  long onKept() {
    return onKept.get();
  }

  /** The messages of the connections that were refused. */
  List<String> refusals() {
    return failures.stream().filter(it -> it.startsWith(ConnectException.class.getName())).toList();
  }

  /** A message for each refused connection and each request without an answer. */
  Queue<String> failures() {
    return failures;
  }

  private interface Round {
    void run(Socket connection) throws IOException;
  }

  private void repeat(Round round) {
    while (!ending) {
      try (Socket connection = new Socket()) {
        connection.connect(server, SILENCE_MAX_MILLIS);
        connection.setSoTimeout(SILENCE_MAX_MILLIS);
        round.run(connection);
      } catch (IOException e) {
        failures.add(e.toString());
      }
    }
  }

  private void askOnce(Socket connection) throws IOException {
    ask(connection, "Connection: close\r\n");
    onNew.incrementAndGet();
  }

  private void askOnAndOn(Socket connection) throws IOException {
    boolean isLast = false;
    for (int i = 0; !isLast && !ending; i++) {
      try {
        isLast = ask(connection, "").isLast();
      } catch (IOException e) {
        throw new IOException("request %d of a kept connection: %s".formatted(i, e), e);
      }
      onKept.incrementAndGet();
    }
  }

  /** RFC 9113: the client's preface and its empty settings; then a frame of the server's. */
  private void readSettings(Socket connection) throws IOException {
    byte[] emptySettings = {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0};
    connection.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    connection.getOutputStream().write(emptySettings);
    DataInputStream in = new DataInputStream(connection.getInputStream());
    int length = in.readInt() >>> 8;
    in.skipNBytes(FRAME_HEADER_BYTES - Integer.BYTES);
    for (int i = 0; i < length / SETTING_BYTES; i++) {
      int setting = in.readUnsignedShort();
      int value = in.readInt();
      if (setting == MAX_CONCURRENT_STREAMS) {
        bodies.add("hello from " + value);
      }
    }
    onNew.incrementAndGet();
  }

  /** Kafka's Metadata request of version 0, for all topics. */
  private void readNodes(Socket connection) throws IOException {
    ByteBuffer request = ByteBuffer.allocate(Integer.BYTES + METADATA_BYTES);
    request.putInt(METADATA_BYTES).putShort(METADATA).putShort((short) 0).putInt(0);
    request.putShort((short) -1).putInt(0);
    connection.getOutputStream().write(request.array());
    DataInputStream in = new DataInputStream(connection.getInputStream());
    byte[] answer = new byte[in.readInt()];
    in.readFully(answer);
    ByteBuffer nodes = ByteBuffer.wrap(answer, Integer.BYTES, answer.length - Integer.BYTES);
    // a node that is starting does not know itself yet
    if (nodes.getInt() > 0) {
      bodies.add("hello from " + nodes.getInt());
    }
    onNew.incrementAndGet();
  }

  private Answer ask(Socket connection, String header) throws IOException {
    String request = "GET / HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n";
    connection.getOutputStream().write(request.getBytes(US_ASCII));
    Answer answer = read(connection.getInputStream());
    if (answer.status() != 200) {
      throw new IOException("status " + answer.status());
    }
    bodies.add(answer.body());
    return answer;
  }

  private static Answer read(InputStream in) throws IOException {
    String head = head(in);
    Matcher length = LENGTH.matcher(head);
    int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
    byte[] body = in.readNBytes(bytes);
    if (body.length < bytes) {
      throw new EOFException("in a body");
    }
    int status = Integer.parseInt(head.substring(9, 12));
    boolean isLast = head.toLowerCase().contains("\r\nconnection: close\r\n");
    return new Answer(status, isLast, new String(body, US_ASCII).strip());
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("after %d bytes of an answer".formatted(head.size()));
      }
      head.write(next);
    }
    return head.toString(US_ASCII);
  }

  /** Ends each client after its next answer. */
  void stop() {
    ending = true;
    for (Thread it : clients) {
      try {
        it.join();
      } catch (InterruptedException e) {
        throw new AssertionError("a client goes on", e);
      }
    }
  }

  @Override
  public void close() {
    stop();
  }
}
