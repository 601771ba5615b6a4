package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a real broker, read by the command, over HTTP and by a real Prometheus. */
class MetricsTest {
  private static final Path MONITORING = Path.of("../scripts/monitoring").toAbsolutePath();

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private Path configuration;
  private int port;
  private BrokerProcess broker;

  @BeforeEach
  void start() throws IOException {
    port = ServerProgram.freePort();
    configuration = directory.resolve("sockbroker.toml");
    configure("127.0.0.1:" + port);
    broker = BrokerProcess.start("--config", configuration.toString());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void configure(String address) throws IOException {
    Files.writeString(configuration, "[metrics]\nhttp = \"%s\"\n".formatted(address));
    Files.setPosixFilePermissions(configuration, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private HttpResponse<String> request(String method, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(30))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private String scrape() throws IOException, InterruptedException {
    HttpResponse<String> response = request("GET", "/metrics");
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  private String command() throws IOException, InterruptedException {
    Command.Result result = Command.to(broker.socket()).run("metrics");
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  void shouldCountWhatHappens() throws Exception {
    try (Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web =
            client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("web").backlog(7))) {
      for (int i = 0; i < 3; i++) {
        exchange(web);
      }
      try (Socket waiting = connect(web);
          WireClient wire = WireClient.welcomed(broker.socket())) {
        wire.refused(Errno.EBADF, new Request.Close(4711, false));
        String text = command();
        assertThat(text.lines())
            .contains(
                "sockbroker_sessions 3.0",
                "sockbroker_sockets{kind=\"tcp\",state=\"listening\"} 1.0",
                "sockbroker_accepts_total 3.0",
                "sockbroker_name_accepts_total{name=\"web\"} 3.0",
                "sockbroker_name_transferred_bytes_total{direction=\"in\",name=\"web\"} 15.0",
                "sockbroker_name_transferred_bytes_total{direction=\"out\",name=\"web\"} 21.0",
                "sockbroker_transferred_bytes_total{direction=\"in\",lane=\"frames\"} 15.0",
                "sockbroker_name_connections{name=\"web\"} 0.0",
                "sockbroker_name_accept_queue_length{name=\"web\"} 1.0",
                "sockbroker_name_accept_queue_limit{name=\"web\"} 7.0",
                "sockbroker_name_unattended{name=\"web\"} 1.0",
                "sockbroker_requests_total{outcome=\"refused\",request=\"Close\"} 1.0",
                "sockbroker_requests_total{outcome=\"answered\",request=\"Open\"} 1.0",
                "sockbroker_refusals_total{error=\"EBADF\"} 1.0",
                "sockbroker_resource_limit{resource=\"sockets\"} " + limit("sockets"))
            .anyMatch(it -> it.startsWith("sockbroker_loop_turn_seconds_bucket{le=\"0.001\"} "))
            .anyMatch(it -> it.startsWith("process_resident_memory_bytes "));
        assertThat(waiting.isConnected()).isTrue();
      }
    }
  }

  private double limit(String resource) throws IOException {
    try (WireClient wire = WireClient.connect(broker.socket())) {
      wire.hello(true);
      String limits =
          wire.ask(Reply.ReportPart.class, new Request.ReadReport(ReportKind.LIMITS, 0)).text();
      return limits
          .lines()
          .filter(it -> it.startsWith(resource + " "))
          .mapToDouble(it -> Double.parseDouble(it.substring(resource.length() + 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Socket connect(SharedSocket listener) throws IOException {
    InetSocketAddress address = (InetSocketAddress) listener.localAddress();
    return new Socket(address.getAddress(), address.getPort());
  }

  /** Five bytes in, seven out. */
  private static void exchange(SharedSocket web) throws IOException {
    try (Socket peer = connect(web);
        SharedSocket conn = web.accept(Duration.ofSeconds(30))) {
      peer.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
      ByteBuffer buffer = ByteBuffer.allocate(5);
      while (buffer.hasRemaining()) {
        conn.receive(buffer, Duration.ofSeconds(30));
      }
      conn.send(ByteBuffer.wrap("welcome".getBytes(StandardCharsets.US_ASCII)));
      assertThat(peer.getInputStream().readNBytes(7)).hasSize(7);
    }
  }

  @Test
  void shouldPassTheChecksOfPrometheus() throws Exception {
    Needs.programs("promtool");
    try (Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("we\"b\\ü"))) {
      exchange(web);
      Path text = Files.writeString(directory.resolve("metrics.txt"), scrape());
      List<String> check = List.of("sh", "-c", "promtool check metrics <" + text);
      Program.Result result = Program.run(check);
      assertThat(result.out() + result.err()).isEmpty();
    }
    Program.Result rules =
        Program.run(List.of("promtool", "check", "rules", MONITORING + "/alerts.yml"));
    assertThat(rules.out()).contains("SUCCESS: 5 rules found");
    Program.Result tests =
        Program.run(List.of("promtool", "test", "rules", MONITORING + "/alerts-test.yml"));
    assertThat(tests.out()).as(tests.err()).contains("SUCCESS");
  }

  /** A metric that was renamed would leave an empty panel, or an alert that never fires. */
  @Test
  void shouldHaveWhatTheDashboardAndTheAlertsShow() throws Exception {
    try (SharedBroker shared = SharedBroker.start();
        WireClient alice = shared.session(User.ALICE)) {
      alice.refused(Errno.EBADF, new Request.Close(4711, false));
      Request.Open listener =
          Request.Open.of(Family.INET, SocketType.STREAM)
              .boundTo(Address.inet("127.0.0.1", 0))
              .listening(4)
              .named("web", 0);
      alice.ask(Reply.Opened.class, listener);
      String text = Command.to(shared.socket()).run("metrics").out();
      for (String file : List.of("grafana-dashboard.json", "alerts.yml")) {
        Set<String> names =
            Pattern.compile("\\b(sockbroker|process|jvm)_[a-z_]+")
                .matcher(Files.readString(MONITORING.resolve(file)))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        assertThat(names).hasSizeGreaterThan(5).allMatch(it -> text.contains("\n" + it));
      }
    }
    String page = Files.readString(Path.of("README.md"));
    Set<String> anchors =
        page.lines()
            .filter(it -> it.startsWith("#"))
            .map(it -> it.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT).replace(' ', '-'))
            .collect(Collectors.toSet());
    Matcher runbooks =
        Pattern.compile("runbook_url: broker/README.md#(\\S+)")
            .matcher(Files.readString(MONITORING.resolve("alerts.yml")));
    assertThat(runbooks.results().map(it -> it.group(1))).hasSize(5).allMatch(anchors::contains);
  }

  @Test
  void shouldBeScrapedByPrometheus() throws Exception {
    Needs.programs("prometheus");
    int its = ServerProgram.freePort();
    Path file =
        Files.writeString(
            directory.resolve("prometheus.yml"),
            """
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files: ["%s/alerts.yml"]
            scrape_configs:
              - job_name: sockbroker
                static_configs:
                  - targets: ["127.0.0.1:%d"]
            """
                .formatted(MONITORING, port));
    ServerProgram prometheus =
        new ServerProgram(
            directory,
            its,
            List.of(
                "prometheus",
                "--config.file=" + file,
                "--storage.tsdb.path=" + directory.resolve("data"),
                "--web.listen-address=127.0.0.1:" + its));
    try (Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("web"));
        Socket waiting = connect(web)) {
      awaitAnswer(its, "sockbroker_name_accept_queue_length{name=\"web\"}", "\"1\"]");
      awaitAnswer(its, "up{job=\"sockbroker\"}", "\"1\"]");
      // It waits for 30 s before it fires; pending is enough here, and promtool tests the rest.
      awaitAnswer(
          its,
          "ALERTS{alertname=\"SockbrokerConnectionsUnattended\"}",
          "\"alertstate\":\"pending\"");
      String before = broker.upgrade();
      assertThat(before).isNotNull();
      awaitAnswer(its, "sockbroker_upgrades_total", "\"1\"]");
      assertThat(waiting.isConnected()).isTrue();
    } finally {
      prometheus.stop();
    }
  }

  private void awaitAnswer(int prometheus, String query, String expected) {
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/api/v1/query?query=%s"
                .formatted(prometheus, URLEncoder.encode(query, StandardCharsets.UTF_8)));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        http.send(
                                HttpRequest.newBuilder(uri).build(),
                                HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains(expected));
  }

  @Test
  void shouldServeOnlyTheMetrics() throws Exception {
    assertThat(request("GET", "/").statusCode()).isEqualTo(404);
    assertThat(request("GET", "/metrics/").statusCode()).isEqualTo(404);
    assertThat(request("POST", "/metrics").statusCode()).isEqualTo(405);
    HttpResponse<String> head = request("HEAD", "/metrics");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(request("GET", "/metrics").headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
  }

  /** Clients that never finish their request keep neither the broker nor other clients. */
  @Test
  void shouldSurviveSilentClients() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: ".getBytes());
        silent.add(socket);
      }
      assertThat(Command.to(broker.socket()).run("ping", "-c", "1").exitCode()).isZero();
      // Their time is limited, so the port serves again.
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(scrape()).contains("sockbroker_sessions"));
    } finally {
      for (Socket it : silent) {
        it.close();
      }
    }
  }

  @Test
  void shouldFollowTheConfiguration() throws Exception {
    scrape();
    int former = port;
    port = ServerProgram.freePort();
    configure("127.0.0.1:" + port);
    assertThat(Command.to(broker.socket()).run("reload").exitCode()).isZero();
    assertThat(scrape()).contains("sockbroker_reloads_total{outcome=\"applied\"} 1.0");
    assertThat(isOpen(former)).isFalse();
    configure("off");
    assertThat(Command.to(broker.socket()).run("reload").exitCode()).isZero();
    assertThat(isOpen(port)).isFalse();
    configure("localhost:9464");
    Command.Result wrong = Command.to(broker.socket()).run("reload");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).contains("http", "'localhost:9464'", "127.0.0.1:9464");
  }

  @Test
  void shouldWaitForAnAddressThatIsInUse() throws Exception {
    int before = broker.fdCount();
    port = ServerProgram.freePort();
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      configure("127.0.0.1:" + port);
      assertThat(Command.to(broker.socket()).run("reload").exitCode()).isZero();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> broker.log().stream().anyMatch(it -> it.contains("cannot listen on")));
      assertThat(broker.fdCount()).isLessThanOrEqualTo(before);
      assertThat(other.isBound()).isTrue();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(scrape()).contains("sockbroker_sessions"));
    configure("224.0.0.1:9464");
    assertThat(Command.to(broker.socket()).run("reload").exitCode()).isEqualTo(1);
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void shouldReplaceAFileForTheTextfileCollector() throws Exception {
    Path file = directory.resolve("sockbroker.prom");
    for (int i = 0; i < 2; i++) {
      Command.Result result = Command.to(broker.socket()).run("metrics", "-o", file.toString());
      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out()).isEmpty();
      assertThat(Files.readString(file)).startsWith("# HELP ").endsWith("\n");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
    Path link = Files.createSymbolicLink(directory.resolve("link.prom"), file);
    Files.writeString(file, "old");
    assertThat(Command.to(broker.socket()).run("metrics", "-o", link + "").exitCode()).isZero();
    assertThat(link).isSymbolicLink();
    assertThat(Files.readString(file)).startsWith("# HELP ");
    assertThat(Command.to(broker.socket()).run("metrics", "-o", "/dev/null").exitCode()).isZero();
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    for (String wrong : List.of("/", directory + "", directory + "/missing/x.prom")) {
      Command.Result result = Command.to(broker.socket()).run("metrics", "-o", wrong);
      assertThat(result.exitCode()).as(wrong).isEqualTo(1);
      assertThat(result.err()).contains("directory").doesNotContain("bug");
    }
    try (var files = Files.list(directory)) {
      assertThat(files.filter(it -> it.getFileName().toString().startsWith(".sockbroker")))
          .isEmpty();
    }
  }
}
