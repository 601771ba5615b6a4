package servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The JDK's HTTP server. It closes the connections on which no request is in work. */
public class Main {
  private static final int SECONDS_TO_FINISH = 5;

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", Main::answer);
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(SECONDS_TO_FINISH)));
  }

  private static void answer(HttpExchange exchange) throws IOException {
    byte[] body = ("hello from " + ProcessHandle.current().pid()).getBytes();
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
