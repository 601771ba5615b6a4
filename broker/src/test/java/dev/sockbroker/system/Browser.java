package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A headless Chromium with one page, which obeys commands of the DevTools protocol. It remembers
 * what the page requests, and every error that it reports.
 */
final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Process process;
  private final WebSocket socket;
  private final String session;
  private final AtomicLong last = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();

  /**
   * @param directory of its profile
   */
  static Browser start(Path directory) throws IOException {
    Needs.programs("chromium");
    Path log = directory.resolve("chromium.log");
    Process process =
        new ProcessBuilder(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("profile"),
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      await().atMost(DEADLINE).until(() -> Files.readString(log).contains("DevTools listening on"));
      return new Browser(process, address(log));
    } catch (RuntimeException | IOException e) {
      process.destroyForcibly();
      throw new AssertionError("Chromium did not start: " + Files.readString(log), e);
    }
  }

  private static URI address(Path log) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(log)) {
      return lines
          .lines()
          .filter(it -> it.contains("DevTools listening on"))
          .map(it -> URI.create(it.substring(it.indexOf("ws://")).strip()))
          .findFirst()
          .orElseThrow();
    }
  }

  private Browser(Process process, URI address) {
    this.process = process;
    socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, reader()).join();
    String target =
        result(send(null, "Target.createTarget", Map.of("url", "about:blank")))
            .get("targetId")
            .asString();
    session =
        result(send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)))
            .get("sessionId")
            .asString();
    List.of("Page", "Runtime", "Log", "Network").forEach(it -> call(it + ".enable", Map.of()));
  }

  private WebSocket.Listener reader() {
    StringBuilder message = new StringBuilder();
    return new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean isLast) {
        message.append(text);
        if (isLast) {
          onMessage(JSON.readTree(message.toString()));
          message.setLength(0);
        }
        from.request(1);
        return null;
      }
    };
  }

  private void onMessage(JsonNode message) {
    if (message.has("id")) {
      asked.remove(message.get("id").asLong()).complete(message);
      return;
    }
    JsonNode parameters = message.path("params");
    switch (message.path("method").asString("")) {
      case "Network.requestWillBeSent" ->
          requests.add(parameters.path("request").path("url").asString(""));
      case "Runtime.exceptionThrown" -> errors.add(parameters.toString());
      case "Log.entryAdded" -> {
        if ("error".equals(parameters.path("entry").path("level").asString(""))) {
          errors.add(parameters.toString());
        }
      }
      case "Runtime.consoleAPICalled" -> {
        if ("error".equals(parameters.path("type").asString(""))) {
          errors.add(parameters.toString());
        }
      }
      default -> {
        // the page's life in detail
      }
    }
  }

  private CompletableFuture<JsonNode> send(String to, String method, Map<String, ?> parameters) {
    long id = last.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    Map<String, Object> message =
        to == null
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", to);
    socket.sendText(JSON.writeValueAsString(message), true).join();
    return answer;
  }

  private static JsonNode result(CompletableFuture<JsonNode> answer) {
    try {
      JsonNode message = answer.get(DEADLINE.toSeconds(), SECONDS);
      if (message.has("error")) {
        throw new AssertionError(message.toString());
      }
      return message.get("result");
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode call(String method, Map<String, ?> parameters) {
    return result(send(session, method, parameters));
  }

  /** Shows nothing, and forgets what was requested and reported so far. */
  void leave() {
    open("about:blank");
    awaitThat("location.href === 'about:blank'");
    requests.clear();
    errors.clear();
  }

  void open(String url) {
    call("Page.navigate", Map.of("url", url));
  }

  /** The value of a JavaScript expression. */
  JsonNode evaluate(String script) {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(script + ": " + result);
    }
    return result.path("result").path("value");
  }

  /** Whether a JavaScript expression is true. */
  boolean is(String script) {
    return evaluate("Boolean(" + script + ")").asBoolean();
  }

  /** Waits until a JavaScript expression is true. */
  void awaitThat(String script) {
    await(script).atMost(DEADLINE).ignoreExceptions().until(() -> is(script));
  }

  /** The text that the page shows. */
  String text() {
    return evaluate("document.body.innerText").asString();
  }

  /** Presses a key as a person would: {@code Enter}, {@code Tab}, {@code a}. */
  void press(String key) {
    int code =
        switch (key) {
          case "Enter" -> 13;
          case "Tab" -> 9;
          case "Escape" -> 27;
          case "End" -> 35;
          case "Home" -> 36;
          case "ArrowLeft" -> 37;
          case "ArrowRight" -> 39;
          case "ArrowUp" -> 38;
          case "ArrowDown" -> 40;
          default -> 0;
        };
    Map<String, Object> event =
        code == 0
            ? Map.of("type", "keyDown", "key", key, "text", key)
            : key.equals("Enter")
                ? Map.of("type", "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", "\r")
                : Map.of("type", "keyDown", "key", key, "windowsVirtualKeyCode", code);
    call("Input.dispatchKeyEvent", event);
    call(
        "Input.dispatchKeyEvent",
        Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
  }

  void type(String text) {
    text.codePoints().forEach(it -> press(Character.toString(it)));
  }

  void size(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /**
   * @param scheme {@code dark} or {@code light}
   */
  void preferColours(String scheme) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** The page as a PNG. */
  byte[] picture() {
    return Base64.getDecoder()
        .decode(call("Page.captureScreenshot", Map.of("format", "png")).get("data").asString());
  }

  /** The URLs that the page has requested. */
  List<String> requests() {
    return requests;
  }

  /** Errors of scripts, of the console and of the content security policy. */
  List<String> errors() {
    return errors;
  }

  /** With its child processes, which write into its directory until they end. */
  @Override
  public void close() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(it -> await().atMost(DEADLINE).until(() -> !it.isAlive()));
  }
}
