package servers;

import java.nio.channels.Channel;
import java.util.function.BooleanSupplier;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;

/** The steps before a server stops, so that it loses no accepted connection. */
final class Ending {
  private static final int STEP_MILLIS = 50;
  private static final int STEPS_MAX = 100;

  private Ending() {}

  /**
   * Leaves the listener to the other processes, and answers the connections that Tomcat has
   * accepted.
   */
  static void of(Connector connector) throws Exception {
    Channel listener = System.inheritedChannel();
    listener.close();
    AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) connector.getProtocolHandler();
    // from now on every answer ends its connection
    protocol.setMaxKeepAliveRequests(1);
    await(() -> protocol.getConnectionCount() == 0);
  }

  /** Waits until all connections have ended, but at most 5 s, because a client may be idle. */
  static void await(BooleanSupplier allEnded) throws InterruptedException {
    // the first step is for a connection that was accepted and is not counted yet
    int steps = 0;
    do {
      Thread.sleep(STEP_MILLIS);
    } while (++steps < STEPS_MAX && !allEnded.getAsBoolean());
  }
}
