package servers;

import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty. At its end it answers the connections that it has accepted. */
public class Main {
  private static final long PATIENCE_MILLIS = 5000;

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
    try {
      connector.shutdown().get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      System.err.println("connections are still open: " + e);
    }
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
