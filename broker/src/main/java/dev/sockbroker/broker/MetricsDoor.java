package dev.sockbroker.broker;

import dev.sockbroker.broker.config.MetricsSettings;
import dev.sockbroker.broker.metrics.MetricsServer;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and closes the HTTP server of the metrics, as the configuration says. A broker without
 * metrics is better than none: if the address is in use, such as by the broker that this one
 * replaces, it tries again. Loop thread only.
 */
final class MetricsDoor {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsDoor.class);

  private static final int RETRY_SECONDS = 5;

  private final BrokerLoop loop;
  private final Reporting reporting;
  private MetricsSettings settings = MetricsSettings.DEFAULT;
  private MetricsServer server;
  private ScheduledFuture<?> retry;

  /** Whether the log says already that the address cannot be used. */
  private boolean isTryingAgain;

  MetricsDoor(BrokerLoop loop, Reporting reporting) {
    this.loop = loop;
    this.reporting = reporting;
  }

  /** Serves where the settings say from now on. */
  void use(MetricsSettings next) {
    if (!Objects.equals(next, settings)) {
      close();
      settings = next;
      isTryingAgain = false;
      open();
    }
  }

  private void open() {
    retry = null;
    if (settings.http() == null) {
      return;
    }
    try {
      server = new MetricsServer(settings.http(), reporting::metrics);
      isTryingAgain = false;
      LOG.info("metrics are at http://{}:{}/metrics", host(), server.address().getPort());
    } catch (IOException e) {
      if (!isTryingAgain) {
        LOG.warn(
            "metrics.http: cannot listen on {}:{}: {}; trying again",
            host(),
            settings.http().getPort(),
            e.getMessage());
      }
      isTryingAgain = true;
      retry = loop.schedule(this::open, RETRY_SECONDS, TimeUnit.SECONDS);
    }
  }

  private String host() {
    String text = settings.http().getAddress().getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }

  /** Frees the address, also for another broker. */
  void close() {
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
