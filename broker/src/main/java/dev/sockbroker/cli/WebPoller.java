package dev.sockbroker.cli;

import dev.sockbroker.cli.web.Audience;
import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Takes a snapshot every second while somebody looks. Survives the end of the broker. */
final class WebPoller implements Closeable {
  private static final long INTERVAL_MILLIS = 1000;

  /** Leaves a broker with many sockets most of its time for clients. */
  private static final int REST_FACTOR = 4;

  private final SocketOption socket;
  private final Audience audience;
  private final WebWatcher watcher;
  private final WebBackOff backOff = new WebBackOff();
  private BrokerConnection broker;
  private NameSample before;

  /**
   * @param broker the first connection
   * @param watcher has lost its connection too when this one has
   */
  WebPoller(SocketOption socket, BrokerConnection broker, Audience audience, WebWatcher watcher) {
    this.socket = socket;
    this.broker = broker;
    this.audience = audience;
    this.watcher = watcher;
  }

  void run() throws InterruptedException, IOException {
    while (true) {
      boolean hasRested = !audience.isThere();
      Set<String> filters = audience.awaitFilters();
      if (hasRested) {
        // the rates of the time when nobody looked are nobody's
        before = null;
      }
      long begun = System.nanoTime();
      try {
        poll(filters);
        backOff.reset();
        long taken = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        // however many browsers come
        Thread.sleep(taken);
        audience.pause(Math.max(INTERVAL_MILLIS - 2 * taken, REST_FACTOR * taken));
      } catch (IOException e) {
        close();
        audience.gone(WebMessage.reason(e));
        backOff.pause();
      }
    }
  }

  /** Reconnects right away if the connection ended while nobody was looking. */
  private void poll(Set<String> filters) throws IOException {
    if (broker != null) {
      try {
        show(filters);
        return;
      } catch (BrokerUnreachableException e) {
        close();
      }
    }
    broker = socket.connect("web");
    watcher.hurry();
    show(filters);
  }

  private void show(Set<String> filters) throws IOException {
    WebSnapshot snapshot = WebSnapshot.take(broker, before, filters);
    before = snapshot.rates().now();
    for (WebSelection it : snapshot.selections()) {
      audience.snapshot(it.filter(), snapshot.json(it));
    }
  }

  @Override
  public void close() throws IOException {
    before = null;
    if (broker != null) {
      broker.close();
      broker = null;
    }
  }
}
