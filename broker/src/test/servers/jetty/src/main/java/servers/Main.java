package servers;

import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty. At its end it answers the connections that it has accepted. */
public class Main {
  private static final int STEP_MILLIS = 50;
  private static final int STEPS_MAX = 100;

  public static void main(String[] arguments) throws Exception {
    Server server = new Server(Integer.parseInt(arguments[0]));
    server.setHandler(new Hello());
    server.start();
    ServerConnector connector = (ServerConnector) server.getConnectors()[0];
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(connector)));
    server.join();
  }

  private static void end(ServerConnector connector) {
    connector.close();
    connector
        .getConnectionFactory(HttpConnectionFactory.class)
        .getHttpConfiguration()
        .setPersistentConnectionsEnabled(false);
    int steps = 0;
    do {
      // the first step is for a connection that was accepted and is not counted yet
      try {
        Thread.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    } while (++steps < STEPS_MAX && !connector.getConnectedEndPoints().isEmpty());
  }

  private static class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      String body = "hello from " + ProcessHandle.current().pid() + "\n";
      response.write(true, ByteBuffer.wrap(body.getBytes()), callback);
      return true;
    }
  }
}
