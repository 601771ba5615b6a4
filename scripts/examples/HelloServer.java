import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The JDK's HTTP server, which knows nothing of a broker. Its argument is the port. */
public class HelloServer {
  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(args[0])), 0);
    server.createContext("/", HelloServer::answer);
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(5)));
    System.out.println("ready");
  }

  private static void answer(HttpExchange exchange) throws IOException {
    byte[] body = ("hello from " + ProcessHandle.current().pid() + "\n").getBytes();
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
