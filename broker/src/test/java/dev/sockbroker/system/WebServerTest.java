package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may look at the page of {@code sockbroker web}, and what others cost. */
@WithBroker
class WebServerTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static BrokerProcess broker;

  private final HttpClient http = HttpClient.newHttpClient();
  private WebPage page;

  @BeforeEach
  void start() throws IOException {
    page = WebPage.of(broker.socket());
  }

  @AfterEach
  void stop() {
    page.close();
  }

  private HttpResponse<String> get(String url, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(DEADLINE);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String url(String path) {
    return "http://127.0.0.1:" + page.port() + path;
  }

  private String host() {
    return "Host: 127.0.0.1:" + page.port();
  }

  /** Enters with the key. Returns the cookie. */
  private String enter() throws Exception {
    HttpResponse<String> entered = get(page.link());
    assertThat(entered.statusCode()).isEqualTo(200);
    return entered.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
  }

  @Test
  void shouldAdmitOneBrowserOnce() throws Exception {
    assertThat(get(url("/")).statusCode()).isEqualTo(403);
    assertThat(get(page.link() + "x").statusCode()).isEqualTo(403);
    assertThat(page.answer("HEAD " + page.link().replaceFirst(".*/", "/") + " HTTP/1.1", host()))
        .startsWith("HTTP/1.1 403 ");

    HttpResponse<String> entered = get(page.link());
    assertThat(entered.statusCode()).isEqualTo(200);
    String cookie = entered.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie)
        .matches("sockbroker-" + page.port() + "=[\\w-]{32}; HttpOnly; SameSite=Strict; Path=/")
        .doesNotContain(page.link().replaceFirst(".*=", ""));

    HttpResponse<String> again = get(page.link());
    assertThat(again.statusCode()).isEqualTo(403);
    assertThat(again.body()).contains("works once", "sockbroker web");
    assertThat(again.headers().firstValue("Set-Cookie")).isEmpty();

    String mine = cookie.replaceFirst(";.*", "");
    assertThat(get(url("/"), "Cookie", "a=b; " + mine).body()).contains("Who holds what");
    assertThat(get(page.link(), "Cookie", mine).statusCode()).isEqualTo(200);
    assertThat(get(url("/"), "Cookie", mine + "x").statusCode()).isEqualTo(403);
    assertThat(get(url("/nothing"), "Cookie", mine).statusCode()).isEqualTo(404);
    assertThat(get(url("/../Main.class"), "Cookie", mine).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/page.js", "/page.css", "/icon.svg", "/events", "/nothing"})
  void shouldShowStrangersNothing(String path) throws Exception {
    HttpResponse<String> response = get(url(path), "Cookie", "sockbroker-" + page.port() + "=");

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body()).contains("needs the link");
  }

  /** A name of somebody else that resolves to 127.0.0.1, and pages of other origins. */
  @Test
  void shouldRefuseForeignPages() throws Exception {
    String cookie = "Cookie: " + enter();
    int port = page.port();
    assertThat(page.answer("GET / HTTP/1.1", "Host: localhost:" + port, cookie))
        .startsWith("HTTP/1.1 200 ");
    for (String host : List.of("evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "localhost")) {
      assertThat(page.answer("GET / HTTP/1.1", "Host: " + host, cookie))
          .as(host)
          .startsWith("HTTP/1.1 403 ")
          .contains("only to its own page");
    }
    assertThat(page.answer("GET / HTTP/1.1", host(), "Host: evil.example", cookie))
        .doesNotStartWith("HTTP/1.1 200 ");
    assertThat(page.answer("GET /events HTTP/1.0", cookie)).startsWith("HTTP/1.1 403 ");
    for (String origin : List.of("http://evil.example", "null", "http://127.0.0.1:1")) {
      assertThat(page.answer("GET / HTTP/1.1", host(), "Origin: " + origin, cookie))
          .as(origin)
          .startsWith("HTTP/1.1 403 ");
    }
    assertThat(page.answer("GET / HTTP/1.1", host(), "Origin: http://127.0.0.1:" + port, cookie))
        .startsWith("HTTP/1.1 200 ");
    // the key of another port's page is no use either
    assertThat(page.answer("GET / HTTP/1.1", host(), cookie.replace("-" + port, "-1")))
        .startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void shouldOnlyShow(String method) throws Exception {
    String cookie = "Cookie: " + enter();

    assertThat(page.answer(method + " / HTTP/1.1", host(), "Content-Length: 0", cookie))
        .startsWith("HTTP/1.1 405 ")
        .contains("Allow: GET, HEAD");
  }

  @Test
  void shouldForbidBrowsersEverythingElse() throws Exception {
    String cookie = enter();
    for (HttpResponse<String> it :
        List.of(
            get(url("/"), "Cookie", cookie),
            get(url("/page.js"), "Cookie", cookie),
            get(url("/")))) {
      assertThat(it.headers().firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("default-src 'none'; ")
          .doesNotContain("unsafe", "*", "http");
      assertThat(it.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(it.headers().firstValue("Referrer-Policy")).contains("no-referrer");
      assertThat(it.headers().firstValue("Cache-Control")).contains("no-store");
      assertThat(it.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }
    assertThat(get(url("/"), "Cookie", cookie).body())
        .doesNotContain("<style", "onclick", "http://", "https://")
        .doesNotContainPattern("<script(?![^>]* src=)")
        .doesNotContainPattern(" style=");
  }

  /** Only this machine can connect, even to another of its addresses. */
  @Test
  void shouldListenAtTheLoopbackAddressOnly() throws Exception {
    assertThat(page.link()).startsWith("http://127.0.0.1:");
    assertThat(isOpen("127.0.0.1")).isTrue();
    assertThat(isOpen("127.0.0.2")).isFalse();
  }

  private boolean isOpen(String address) {
    try (Socket socket = new Socket(InetAddress.getByName(address), page.port())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private Socket follow(String cookie) throws IOException {
    Socket socket = new Socket("127.0.0.1", page.port());
    socket.setSoTimeout((int) DEADLINE.toMillis());
    socket
        .getOutputStream()
        .write(
            "GET /events HTTP/1.1\r\n%s\r\nCookie: %s\r\n\r\n"
                .formatted(host(), cookie)
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
  }

  private static String awaitLine(BufferedReader lines, String text) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.contains(text)) {
      line = lines.readLine();
    }
    assertThat(line).as("a line with " + text).isNotNull();
    return line;
  }

  /** Seven browsers that do not read are no burden for the eighth, and there is no ninth. */
  @Test
  void shouldServeFewBrowsersWell() throws Exception {
    String cookie = enter();
    List<Socket> silent = new ArrayList<>();
    try (Socket last = follow(cookie);
        Broker client = Broker.builder().socket(broker.socket()).connect()) {
      BufferedReader lines = reader(last);
      awaitLine(lines, "event: snapshot");
      for (int i = 0; i < 7; i++) {
        Socket socket = follow(cookie);
        silent.add(socket);
        assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
      }
      assertThat(get(url("/events"), "Cookie", cookie).statusCode()).isEqualTo(503);
      for (int i = 0; i < 300; i++) {
        client.open(SocketSpec.udp("127.0.0.1", 0)).close();
      }
      try (SharedSocket socket = client.open(SocketSpec.udp("127.0.0.1", 0).name("noticed"))) {
        awaitLine(lines, "\"socket\":\"s" + socket.socketId() + "\"");
        awaitLine(lines, "event: snapshot");
        awaitLine(lines, "\"name\":\"noticed\"");
      }
      for (Socket it : silent) {
        it.close();
      }
      // when they have gone there is room again
      await()
          .atMost(DEADLINE)
          .ignoreExceptions()
          .until(
              () -> {
                try (Socket next = follow(cookie)) {
                  return awaitLine(reader(next), "HTTP/1.1").contains(" 200 ");
                }
              });
    } finally {
      for (Socket it : silent) {
        it.close();
      }
    }
  }

  /** Clients that never finish their request. */
  @Test
  void shouldSurviveSilentClients() throws Exception {
    String cookie = enter();
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket("127.0.0.1", page.port());
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: ".getBytes());
        silent.add(socket);
      }
      await()
          .atMost(DEADLINE)
          .ignoreExceptions()
          // over another connection than the one that has entered
          .until(
              () ->
                  page.answer("GET / HTTP/1.1", host(), "Cookie: " + cookie)
                      .startsWith("HTTP/1.1 200 "));
    } finally {
      for (Socket it : silent) {
        it.close();
      }
    }
  }

  @Test
  void shouldUseTheGivenPort() throws Exception {
    int port = ServerProgram.freePort();
    Process given = Command.to(broker.socket()).start("web", "--port", "" + port);
    try {
      assertThat(given.inputReader().readLine()).startsWith("http://127.0.0.1:" + port + "/?key=");
      Command.Result second = Command.to(broker.socket()).run("web", "--port", "" + port);
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.err()).contains("cannot listen at 127.0.0.1:" + port);
    } finally {
      given.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldNeedABroker() throws Exception {
    Command.Result result = Command.to(broker.directory().resolve("none")).run("web");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
  }
}
