package dev.sockbroker.broker;

import dev.sockbroker.broker.config.MetricsSettings;
import dev.sockbroker.broker.metrics.MetricsServer;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.text.FileErrors;
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

  /** Written by the loop without a lock, because this object is locked while a server opens. */
  private volatile ScheduledFuture<?> retry;

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
    String why = next.http() == null ? null : open();
    if (why != null) {
      LOG.warn(
          "metrics.http: cannot listen on {}: {}; trying again every {} s",
          text(next.http()),
          why,
          RETRY_SECONDS);
      retryLater(next);
    }
  }

  /** Returns why it does not serve; null if it serves. */
  private String open() {
    try {
      // The JDK's server would keep the address if only some of its threads could start.
      if (!ThreadStart.hasRoomFor(MetricsServer.THREADS)) {
        return "no more threads can be started; " + ThreadStart.REMEDY;
      }
      server = new MetricsServer(settings.http(), reporting::metrics);
      LOG.info("metrics are at http://{}/metrics", text(server.address()));
      return null;
    } catch (IOException e) {
      return FileErrors.text(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private void retryLater(MetricsSettings wanted) {
    Runnable again = () -> retry(wanted);
    retry =
        loop.schedule(
            () -> {
              if (!ThreadStart.start("metrics", again)) {
                retryLater(wanted);
              }
            },
            RETRY_SECONDS,
            TimeUnit.SECONDS);
  }

  private synchronized void retry(MetricsSettings wanted) {
    if (wanted.equals(settings) && server == null && open() != null) {
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
