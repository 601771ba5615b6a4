package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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

  HttpLoad(int port) {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    for (int i = 0; i < CLIENTS_OF_EACH_KIND; i++) {
      clients.add(Thread.ofPlatform().start(() -> repeat(this::askOnce)));
      clients.add(Thread.ofPlatform().start(() -> repeat(this::askOnAndOn)));
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
