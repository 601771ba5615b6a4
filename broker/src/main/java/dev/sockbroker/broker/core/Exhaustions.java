package dev.sockbroker.broker.core;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs which limit was reached and by whom, for each limit at most once a minute. */
final class Exhaustions {
  private static final Logger LOG = LoggerFactory.getLogger(Exhaustions.class);
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Key(String owner, String limit) {}

  private final LongSupplier nanoTime;
  private final Map<Key, Long> toldNanos = new HashMap<>();

  Exhaustions(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * @param use text for people: how much is used, and which sessions use most
   */
  void happened(String owner, String limit, String use) {
    Key key = new Key(owner, limit);
    long now = nanoTime.getAsLong();
    Long told = toldNanos.get(key);
    if (told == null || now - told >= INTERVAL_NANOS) {
      toldNanos.values().removeIf(at -> now - at >= INTERVAL_NANOS);
      toldNanos.put(key, now);
      LOG.warn("limit {} is reached: {}", limit, use);
    }
  }
}
