package servers;

import java.nio.channels.Channel;
import java.util.function.BooleanSupplier;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;

/** What comes before a server's own end, so that no client that it has accepted is lost. */
final class Ending {
  private static final int STEP_MILLIS = 50;
  private static final int STEPS_MAX = 100;

  private Ending() {}

  /** Leaves the listener to the other processes, and answers whom Tomcat has accepted. */
  static void of(Connector connector) throws Exception {
    Channel listener = System.inheritedChannel();
    listener.close();
    AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) connector.getProtocolHandler();
    // every answer ends its connection from now on
    protocol.setMaxKeepAliveRequests(1);
    await(() -> protocol.getConnectionCount() == 0);
  }

  /** Waits until all connections have ended, 5 s at most: a client may say nothing. */
  static void await(BooleanSupplier allEnded) throws InterruptedException {
    // the first step is for a connection that was accepted and is not counted yet
    int steps = 0;
    do {
      Thread.sleep(STEP_MILLIS);
    } while (++steps < STEPS_MAX && !allEnded.getAsBoolean());
  }
}
