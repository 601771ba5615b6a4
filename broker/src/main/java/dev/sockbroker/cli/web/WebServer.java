package dev.sockbroker.cli.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sockbroker.http.Answers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves the page on the loopback interface. */
public final class WebServer implements AutoCloseable {
  private static final int BACKLOG = 16;
  private static final String HTML = "text/html; charset=utf-8";

  /** Only the page's own files, and no code or style inside of them. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /**
   * The page navigates itself to its URL without the key. A redirect would still count as the
   * navigation of the page with the link, and such a navigation has no SameSite=Strict cookie.
   */
  private static final String WELCOME =
      "<!doctype html><html lang=\"en\"><title>sockbroker</title><link rel=\"icon\""
          + " href=\"/icon.svg\"><meta http-equiv=\"refresh\" content=\"0;url=/\"><p><a"
          + " href=\"/\">Continue</a></p>\n";

  private static final String FOREIGN =
      "This server answers only to its own page, at 127.0.0.1 or localhost.\n";
  private static final String STRANGER =
      "This page needs the link that 'sockbroker web' printed. The link works once, in one browser."
          + " To look with another browser, start 'sockbroker web' again.\n";

  static {
    // The JDK reads them once, when the first server is made. There is no limit for the time of a
    // response, because events have no end. Viewer has one for browsers that do not read.
    System.setProperty("jdk.httpserver.maxConnections", "32");
    System.setProperty("sun.net.httpserver.maxReqHeaderSize", "16384");
    System.setProperty("sun.net.httpserver.maxReqTime", "5");
    System.setProperty("sun.net.httpserver.idleInterval", "30");
    // Otherwise a small event waits for the acknowledgement of the previous one.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final Map<String, PageFile> files = PageFile.all();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Audience audience;
  private final HttpServer server;
  private final Gate gate;

  /**
   * Starts to serve.
   *
   * @param port 0 for any
   * @throws IOException if the port cannot be bound
   */
  public WebServer(int port, Audience audience) throws IOException {
    this.audience = audience;
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    server = HttpServer.create(new InetSocketAddress(loopback, port), BACKLOG);
    gate = new Gate(server.getAddress().getPort());
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** Where one browser can enter, once. */
  public String url() {
    return "http://127.0.0.1:%d/?key=%s".formatted(server.getAddress().getPort(), gate.key());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      secure(exchange.getResponseHeaders());
      if (!gate.isOwn(exchange.getRequestHeaders())) {
        Answers.send(exchange, 403, Answers.TEXT, FOREIGN);
      } else if (!Answers.isRead(exchange)) {
        Answers.refuseMethod(exchange, "This server only shows things: GET and HEAD.\n");
      } else if (gate.knows(exchange.getRequestHeaders())) {
        serve(exchange);
      } else if (isEntry(exchange)) {
        exchange.getResponseHeaders().set("Set-Cookie", gate.cookie());
        Answers.send(exchange, 200, HTML, WELCOME);
      } else {
        Answers.send(exchange, 403, Answers.TEXT, STRANGER);
      }
    }
  }

  private static void secure(Headers headers) {
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cache-Control", "no-store");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
  }

  /** HEAD does not count, because programs use it to look at a link before somebody follows it. */
  private boolean isEntry(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("GET")
        && exchange.getRequestURI().getPath().equals("/")
        && gate.opens(Query.parameter(exchange.getRequestURI(), "key"));
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    PageFile file = files.get(path);
    if (path.equals("/") && exchange.getRequestURI().getRawQuery() != null) {
      // the browser that has entered follows the link again
      Answers.send(exchange, 200, HTML, WELCOME);
    } else if (file != null) {
      Answers.send(exchange, 200, file.type(), file.bytes());
    } else if (path.equals("/events")) {
      follow(exchange);
    } else {
      Answers.send(exchange, 404, Answers.TEXT, "There is nothing here. The page is at /\n");
    }
  }

  private void follow(HttpExchange exchange) throws IOException {
    Viewer viewer = audience.join(Query.parameter(exchange.getRequestURI(), "filter"));
    if (viewer == null) {
      Answers.send(
          exchange, 503, Answers.TEXT, "Too many browsers look at this page. Close one of them.\n");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, 0);
      viewer.follow(exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      audience.leave(viewer);
    }
  }

  /** Stops immediately and drops all connections. */
  @Override
  public void close() {
    audience.close();
    server.stop(0);
    threads.shutdownNow();
  }
}
