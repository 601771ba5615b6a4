package servers;

import io.undertow.Undertow;

/** Undertow. */
public class Main {
  public static void main(String[] arguments) {
    String body = "hello from " + ProcessHandle.current().pid();
    Undertow server =
        Undertow.builder()
            .addHttpListener(Integer.parseInt(arguments[0]), "0.0.0.0")
            .setHandler(exchange -> exchange.getResponseSender().send(body))
            .build();
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
  }
}
