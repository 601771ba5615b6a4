package dev.sockbroker.bench;

import dev.sockbroker.child.ChildLoop;
import java.io.IOException;

/** A worker that is a web server in one lane. */
public final class WebMain {
  private WebMain() {}

  /**
   * @param arguments the lane; the broker's socket, or nothing; where to listen, or nothing
   */
  public static void main(String[] arguments) throws IOException {
    if (Lanes.isOfNetty(arguments[0])) {
      try (NettyWebServer server = new NettyWebServer(arguments[1])) {
        ChildLoop.run(words -> server.address());
      }
      return;
    }
    WebListener listener = WebListener.open(arguments[0], arguments[1], arguments[2]);
    try (WebServer server = new WebServer(listener)) {
      Thread.ofPlatform().daemon().start(server::serve);
      ChildLoop.run(words -> listener.address());
    }
  }
}
