package dev.sockbroker.broker.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sockbroker.http.Answers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the metrics over HTTP, without authentication, because they are only counts. Its own
 * threads, a connection limit and time limits keep its clients from affecting anybody else.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);

  private static final int BACKLOG = 16;
  private static final int ANSWER_SECONDS = 5;

  /** They start at once, so that the metrics can be read when no more threads can be started. */
  private static final int ANSWERING = 4;

  /** How many threads a server needs. The JDK's part has three. */
  public static final int THREADS = 3 + ANSWERING;

  /** Scrapes within this time get the same text. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final ThreadFactory NAMED =
      Thread.ofPlatform().daemon().name("metrics-", 0).factory();

  static {
    // The JDK reads them once, when the first server is made.
    System.setProperty("jdk.httpserver.maxConnections", "16");
    System.setProperty("sun.net.httpserver.maxReqHeaderSize", "8192");
    System.setProperty("sun.net.httpserver.maxReqTime", "5");
    System.setProperty("sun.net.httpserver.maxRspTime", "5");
    System.setProperty("sun.net.httpserver.idleInterval", "30");
  }

  private final HttpServer server;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          ANSWERING, ANSWERING, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), NAMED);
  private final Supplier<CompletableFuture<String>> metrics;
  private CompletableFuture<String> last;
  private long lastNanos;

  /**
   * @param metrics begins to write the text; the outcome is a RejectedExecutionException if that is
   *     not possible now
   * @throws IOException if the address cannot be bound
   */
  public MetricsServer(InetSocketAddress address, Supplier<CompletableFuture<String>> metrics)
      throws IOException {
    this.metrics = metrics;
    checkFree(address);
    server = HttpServer.create(address, BACKLOG);
    server.createContext("/", this::handle);
    threads.prestartAllCoreThreads();
    server.setExecutor(threads);
    server.start();
  }

  /** Tests the address first: when bind fails, the JDK's server leaks its socket. */
  private static void checkFree(InetSocketAddress address) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(address, 1);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      // Idle keep-alive connections would lock out other clients.
      exchange.getResponseHeaders().set("Connection", "close");
      if (!exchange.getRequestURI().getPath().equals("/metrics")) {
        Answers.send(exchange, 404, Answers.TEXT, "metrics are at /metrics\n");
      } else if (!Answers.isRead(exchange)) {
        Answers.refuseMethod(exchange, "GET only\n");
      } else {
        answerMetrics(exchange);
      }
    }
  }

  private void answerMetrics(HttpExchange exchange) throws IOException {
    try {
      String text = current().get(ANSWER_SECONDS, TimeUnit.SECONDS);
      Answers.send(exchange, 200, MetricsText.CONTENT_TYPE, text);
    } catch (TimeoutException e) {
      Answers.send(exchange, 503, Answers.TEXT, "the broker is busy\n");
    } catch (ExecutionException e) {
      answerFailure(exchange, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answerFailure(HttpExchange exchange, Throwable why) throws IOException {
    if (why instanceof RejectedExecutionException) {
      Answers.send(exchange, 503, Answers.TEXT, why.getMessage() + "\n");
      return;
    }
    LOG.error("the metrics could not be written", why);
    Answers.send(exchange, 500, Answers.TEXT, "see the broker's log\n");
  }

  private synchronized CompletableFuture<String> current() {
    long now = System.nanoTime();
    if (last == null || last.isCompletedExceptionally() || now - lastNanos > FRESH_NANOS) {
      last = metrics.get();
      lastNanos = now;
    }
    return last;
  }

  /** Stops immediately and drops all connections. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
