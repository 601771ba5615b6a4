package servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.AbstractHttp11Protocol;

/** Tomcat. At its end it answers the connections that it has accepted. */
public class Main {
  private static final long PATIENCE_MILLIS = 5000;

  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    tomcat.setPort(Integer.parseInt(arguments[0]));
    Connector connector = tomcat.getConnector();
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "hello", new Hello());
    context.addServletMappingDecoded("/", "hello");
    tomcat.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(connector)));
    tomcat.getServer().await();
  }

  private static void end(Connector connector) {
    AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) connector.getProtocolHandler();
    protocol.closeServerSocketGraceful();
    // from now on every answer ends its connection
    protocol.setMaxKeepAliveRequests(1);
    protocol.awaitConnectionsClose(PATIENCE_MILLIS);
  }

  private static class Hello extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().println("hello from " + ProcessHandle.current().pid());
    }
  }
}
