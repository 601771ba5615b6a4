package dev.sockbroker.broker;

import dev.sockbroker.broker.config.MetricsSettings;
import dev.sockbroker.broker.metrics.MetricsServer;
import dev.sockbroker.broker.os.ThreadStart;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and closes the HTTP server of the metrics, as the configuration says. A broker without
 * metrics is better than none: if the address is in use, such as by the broker that this one
 * replaces, it tries again. Opening and closing takes too long for the loop. Any thread.
 */
final class MetricsDoor {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsDoor.class);

  private static final int RETRY_SECONDS = 5;

  private final BrokerLoop loop;
  private final Reporting reporting;
  private MetricsSettings settings = MetricsSettings.DEFAULT;
  private MetricsServer server;
  private ScheduledFuture<?> retry;

  MetricsDoor(BrokerLoop loop, Reporting reporting) {
    this.loop = loop;
    this.reporting = reporting;
  }

  /** Moves the server to the configured address. */
  synchronized void use(MetricsSettings next) {
    if (next.equals(settings)) {
      return;
    }
    close();
    settings = next;
    if (next.http() != null && !open()) {
      LOG.warn(
          "metrics.http: cannot listen on {}; trying again every {} s",
          text(next.http()),
          RETRY_SECONDS);
      retryLater(next);
    }
  }

  /** Returns whether it serves. */
  private boolean open() {
    try {
      server = new MetricsServer(settings.http(), reporting::metrics);
      LOG.info("metrics are at http://{}/metrics", text(server.address()));
      return true;
    } catch (IOException e) {
      LOG.debug("metrics.http: cannot listen", e);
      return false;
    }
  }

  private void retryLater(MetricsSettings wanted) {
    Runnable again = () -> retry(wanted);
    retry =
        loop.schedule(
            () -> ThreadStart.attempt(() -> Thread.ofVirtual().name("metrics").start(again)),
            RETRY_SECONDS,
            TimeUnit.SECONDS);
  }

  private synchronized void retry(MetricsSettings wanted) {
    if (wanted.equals(settings) && server == null && !open()) {
      retryLater(wanted);
    }
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private void close() {
    if (retry != null) {
      retry.cancel(false);
      retry = null;
    }
    if (server != null) {
      server.close();
      server = null;
    }
  }
}
