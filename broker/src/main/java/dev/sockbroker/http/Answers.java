package dev.sockbroker.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Answers requests. Unlike the JDK's own handlers, it does not read the body of a request, which
 * can have any size.
 */
public final class Answers {
  /** A type for plain text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private Answers() {}

  /**
   * Sends a text in UTF-8.
   *
   * @param type of the content
   */
  public static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    send(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Sends a body; without it if the request is HEAD.
   *
   * @param type of the content
   */
  public static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** Whether the request only reads. */
  public static boolean isRead(HttpExchange exchange) {
    String method = exchange.getRequestMethod();
    return method.equals("GET") || method.equals("HEAD");
  }

  /** Refuses a request that does not only read. */
  public static void refuseMethod(HttpExchange exchange, String text) throws IOException {
    exchange.getResponseHeaders().set("Allow", "GET, HEAD");
    send(exchange, 405, TEXT, text);
  }
}
