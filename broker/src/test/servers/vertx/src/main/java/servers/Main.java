package servers;

import io.vertx.core.Vertx;

/** Vert.x. */
public class Main {
  public static void main(String[] arguments) {
    String body = "hello from " + ProcessHandle.current().pid();
    Vertx.vertx()
        .createHttpServer()
        .requestHandler(request -> request.response().end(body))
        .listen(Integer.parseInt(arguments[0]));
  }
}
