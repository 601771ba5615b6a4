package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What host names have led to, for as long as the JDK would keep it (networkaddress.cache.ttl and
 * networkaddress.cache.negative.ttl). The JDK's own cache is off: it keeps any number of names,
 * which clients choose. Any thread.
 */
final class HostCache {
  /** The names that were used last. */
  private static final int NAMES_MAX = 1000;

  private static final String TTL = "networkaddress.cache.ttl";
  private static final String NEGATIVE_TTL = "networkaddress.cache.negative.ttl";
  private static final int SECONDS_DEFAULT = 30;
  private static final int NEGATIVE_SECONDS_DEFAULT = 10;

  private final long ttlNanos;
  private final long negativeTtlNanos;
  private final LongSupplier nanoTime;
  private final Map<String, Found> names =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Found> eldest) {
          return size() > NAMES_MAX;
        }
      };

  private HostCache(long ttlNanos, long negativeTtlNanos, LongSupplier nanoTime) {
    this.ttlNanos = ttlNanos;
    this.negativeTtlNanos = negativeTtlNanos;
    this.nanoTime = nanoTime;
  }

  /** Replaces the JDK's cache. Must be called before the JDK resolves its first name. */
  static HostCache replaceOfJdk() {
    HostCache cache =
        new HostCache(
            nanos(TTL, SECONDS_DEFAULT),
            nanos(NEGATIVE_TTL, NEGATIVE_SECONDS_DEFAULT),
            System::nanoTime);
    Security.setProperty(TTL, "0");
    Security.setProperty(NEGATIVE_TTL, "0");
    return cache;
  }

  static HostCache of(int seconds, int negativeSeconds, LongSupplier nanoTime) {
    return new HostCache(
        TimeUnit.SECONDS.toNanos(seconds), TimeUnit.SECONDS.toNanos(negativeSeconds), nanoTime);
  }

  /** A negative number means for ever, as in the JDK. */
  private static long nanos(String property, int usual) {
    String text = Security.getProperty(property);
    long seconds = text == null || !text.strip().matches("-?\\d{1,9}") ? usual : parse(text);
    return seconds < 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(seconds);
  }

  private static long parse(String seconds) {
    return Long.parseLong(seconds.strip());
  }

  /**
   * What a lookup has found.
   *
   * @param addresses the addresses found; null if the lookup failed
   * @param refusal why the lookup failed; null if it succeeded
   */
  record Found(List<String> addresses, RefusedException refusal, long atNanos) {}

  /** Returns null if the name is not cached or the entry has expired. */
  synchronized Found get(String host) {
    Found found = names.get(host);
    if (found == null) {
      return null;
    }
    long ttl = found.addresses() == null ? negativeTtlNanos : ttlNanos;
    if (ttl != Long.MAX_VALUE && nanoTime.getAsLong() - found.atNanos() >= ttl) {
      names.remove(host);
      return null;
    }
    return found;
  }

  synchronized Found put(String host, List<String> addresses, RefusedException refusal) {
    Found found = new Found(addresses, refusal, nanoTime.getAsLong());
    names.put(host, found);
    return found;
  }
}
