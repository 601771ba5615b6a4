package servers;

import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty on the listener at fd 0. */
public class JettyMain {
  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setInheritChannel(true);
    server.addConnector(connector);
    server.setHandler(new Hello());
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server, connector)));
    server.join();
  }

  /** Leaves the listener to the other processes, answers the accepted connections, and stops. */
  private static void end(Server server, ServerConnector connector) {
    try {
      connector.close();
      connector
          .getConnectionFactory(HttpConnectionFactory.class)
          .getHttpConfiguration()
          .setPersistentConnectionsEnabled(false);
      Ending.await(() -> connector.getConnectedEndPoints().isEmpty());
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
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
