package servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** Tomcat on the listener at fd 0. */
public class TomcatMain {
  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    Connector connector = new Connector();
    connector.setProperty("useInheritedChannel", "true");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "hello", new Hello());
    context.addServletMappingDecoded("/", "hello");
    tomcat.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(tomcat, connector)));
    tomcat.getServer().await();
  }

  private static void end(Tomcat tomcat, Connector connector) {
    try {
      Ending.of(connector);
      tomcat.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
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
