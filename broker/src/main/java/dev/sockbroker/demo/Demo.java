package dev.sockbroker.demo;

import static dev.sockbroker.demo.DemoFailedException.check;

import dev.sockbroker.child.ChildJvm;
import dev.sockbroker.child.PrivateBroker;
import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/**
 * The tour: a private broker, three workers, a TCP listener on a free loopback port, and a real
 * HTTP client. Each step prints its result in one line. If a step fails, the demo ends with {@link
 * DemoFailedException}.
 */
public final class Demo {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int DOWNLOAD_BYTES = 4 << 20;
  private static final int UPLOAD_BYTES = 256 << 10;

  private final PrintStream out;
  private final UnaryOperator<String> fit;
  private final Broker watcher;
  private final HttpClient http;
  private final Worker a;
  private final Worker b;
  private final Worker c;
  private URI uri;

  /** Prints the list of a broker's descriptors. */
  public interface Lister {
    /**
     * @return the exit code
     */
    int list(Path socket);
  }

  private Demo(
      PrintStream out,
      UnaryOperator<String> fit,
      Broker watcher,
      HttpClient http,
      Worker a,
      Worker b,
      Worker c) {
    this.out = out;
    this.fit = fit;
    this.watcher = watcher;
    this.http = http;
    this.a = a;
    this.b = b;
    this.c = c;
  }

  /**
   * Runs the whole tour.
   *
   * @param fit breaks a text into lines of the terminal's width
   * @param main the command line's main class, whose class path all processes use
   * @throws IOException if a step did not show what it promised
   */
  public static void run(PrintStream out, UnaryOperator<String> fit, Class<?> main, Lister lister)
      throws IOException {
    try (PrivateBroker broker = PrivateBroker.start("demo", List.of(), ChildJvm.QUICK, main);
        Worker a = Worker.start("A", broker.socket());
        Worker b = Worker.start("B", broker.socket());
        Worker c = Worker.start("C", broker.socket());
        Broker watcher = Broker.connect(broker.socket());
        HttpClient http = httpClient()) {
      a.awaitReady();
      b.awaitReady();
      c.awaitReady();
      out.printf(
          "A broker (pid %d) and three workers: A (pid %d), B (pid %d), C (pid %d).%n%n",
          broker.pid(), a.pid(), b.pid(), c.pid());
      Demo demo = new Demo(out, fit, watcher, http, a, b, c);
      demo.shareListener();
      demo.shareOption();
      demo.replaceRegistration();
      demo.handOverConnection();
      demo.surviveKill();
      demo.list(lister, broker.socket());
    }
  }

  private static HttpClient httpClient() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(PATIENCE)
        .build();
  }

  private void shareListener() throws IOException {
    String port = a.ask("open");
    uri = URI.create("http://127.0.0.1:" + port + "/");
    b.ask("join", a.ask("share", b.pid()));
    a.ask("serve");
    b.ask("serve");
    Map<String, Integer> served = new TreeMap<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 0; i < 8 || served.size() < 2 && System.nanoTime() < deadline; i++) {
      served.merge(worker(get(uri)), 1, Integer::sum);
    }
    check(served.keySet().equals(Set.of("A", "B")), "not both served: " + served);
    a.ask("stop");
    b.ask("stop");
    seen(
        "One listener, two workers",
        "A opened 127.0.0.1:%s and gave B a descriptor token; of the requests A served %d, B %d.",
        port,
        served.get("A"),
        served.get("B"));
  }

  private void shareOption() throws IOException {
    String set = a.ask("set", "SO_RCVBUF", 100_000);
    String read = b.ask("get", "SO_RCVBUF");
    check(read.equals(set), "A's set was answered " + set + ", B reads " + read);
    seen(
        "One set of options",
        "A set SO_RCVBUF to 100000, the kernel made it %s; B, another process, reads %s.",
        set,
        read);
  }

  private void replaceRegistration() throws IOException {
    String first = a.ask("register");
    String second = b.ask("register");
    String told = a.ask("await-end");
    String expected = "REPLACED " + first + " " + b.pid();
    check(told.equals(expected), "A was told '" + told + "', not '" + expected + "'");
    CompletableFuture<HttpResponse<byte[]>> response = getAsync(uri);
    String event = b.ask("await-accept");
    check(event.equals("ACCEPT " + second), "B heard '" + event + "', not ACCEPT " + second);
    String server = worker(join(response));
    check(server.equals("B"), server + " served and not B");
    check(a.ask("count-events").equals("0"), "A received an event after it was replaced");
    seen(
        "One registration",
        "B's (number %s) replaced A's (number %s) and A was told, with B's pid; "
            + "the next ACCEPT went to B alone.",
        second,
        first);
  }

  private void handOverConnection() throws IOException {
    CompletableFuture<HttpResponse<byte[]>> response = getAsync(uri);
    int half = DOWNLOAD_BYTES / 2;
    // the first part fits into the kernel's buffers, whether the client reads or not
    int begun = Integer.parseInt(b.ask("begin-download", 64 << 10, DOWNLOAD_BYTES));
    check(begun < half, "too much was sent before the hand-over");
    String rest = c.ask("end-download", b.ask("hand-over", c.pid()), begun, DOWNLOAD_BYTES);
    byte[] body = join(response).body();
    check(body.length == DOWNLOAD_BYTES, "the client got " + body.length + " bytes");
    check(TestBytes.matches(body, 0, body.length), "the client got other bytes");
    seen(
        "A connection changes hands in mid-stream",
        "B sent %d bytes of an answer and C the other %s; the client received one answer of %d"
            + " bytes, all of them correct.",
        begun,
        rest,
        body.length);
  }

  private void surviveKill() throws IOException {
    int half = UPLOAD_BYTES / 2;
    SubmissionPublisher<ByteBuffer> body = new SubmissionPublisher<>();
    CompletableFuture<HttpResponse<byte[]>> response = upload(body, half);
    String first = b.ask("begin-upload", "upload", half);
    check(first.equals("intact " + half), "B received: " + first);
    b.kill();
    body.submit(ByteBuffer.wrap(TestBytes.of(half, half)));
    body.close();
    awaitUnheld("upload");
    String second = c.ask("end-upload", "upload", half, UPLOAD_BYTES);
    check(second.startsWith("intact "), "C received: " + second);
    check(worker(join(response)).equals("C"), "C did not answer the upload");
    seen(
        "kill -9",
        "B died when it had read %d of an upload's %d bytes; more came while nobody held the"
            + " connection; C attached to it by its name and read the rest, and no byte is"
            + " missing.",
        half,
        UPLOAD_BYTES);
    c.ask("attach", "web");
    String number = c.ask("register");
    response = getAsync(uri);
    String event = c.ask("await-accept");
    check(event.equals("ACCEPT " + number), "C heard '" + event + "', not ACCEPT " + number);
    check(worker(join(response)).equals("C"), "C did not serve");
    seen(
        "The listener lives on",
        "C attached to it by its name, registered, and served the next request at 127.0.0.1:%d.",
        uri.getPort());
  }

  /** Waits until bytes have arrived on a connection without a holder. */
  private void awaitUnheld(String name) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      for (DescriptorInfo row : watcher.list()) {
        if (row.id() == 0 && name.equals(row.socket().name()) && row.queuedIn() > 0) {
          return;
        }
      }
      Thread.onSpinWait();
    }
    throw new DemoFailedException("nothing came on the connection '" + name + "'");
  }

  /** Starts an upload with its first half. The caller sends the second half. */
  private CompletableFuture<HttpResponse<byte[]>> upload(
      SubmissionPublisher<ByteBuffer> body, int half) {
    Publisher<ByteBuffer> begun =
        subscriber -> {
          body.subscribe(subscriber);
          body.submit(ByteBuffer.wrap(TestBytes.of(0, half)));
        };
    HttpRequest post = request(uri).POST(BodyPublishers.fromPublisher(begun, 2L * half)).build();
    return http.sendAsync(post, BodyHandlers.ofByteArray());
  }

  private void list(Lister lister, Path socket) throws IOException {
    out.printf("%nWho holds what now, as `sockbroker list` prints it:%n%n");
    out.flush();
    int code = lister.list(socket);
    check(code == 0, "list ended with exit code " + code);
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(PATIENCE);
  }

  private HttpResponse<byte[]> get(URI from) throws IOException {
    return join(getAsync(from));
  }

  private CompletableFuture<HttpResponse<byte[]>> getAsync(URI from) {
    return http.sendAsync(request(from).build(), BodyHandlers.ofByteArray());
  }

  private static HttpResponse<byte[]> join(CompletableFuture<HttpResponse<byte[]>> response)
      throws IOException {
    try {
      return response.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new DemoFailedException("the HTTP client: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoFailedException("interrupted", e);
    }
  }

  private static String worker(HttpResponse<byte[]> response) throws IOException {
    check(response.statusCode() == 200, "HTTP status " + response.statusCode());
    return response.headers().firstValue("Worker").orElse("nobody");
  }

  private void seen(String title, String words, Object... values) {
    out.println(fit.apply("ok  " + title + ": " + words.formatted(values)));
  }
}
