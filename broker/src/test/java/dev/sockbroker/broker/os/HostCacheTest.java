package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What host names have led to, and for how long that is kept. */
class HostCacheTest {
  private static final RefusedException UNKNOWN = new RefusedException(Errno.ENOENT, "unknown");

  private long nanos = 1;

  private HostCache cache(int seconds, int negativeSeconds) {
    return HostCache.of(seconds, negativeSeconds, () -> nanos);
  }

  @Test
  void shouldForgetInTime() {
    HostCache cache = cache(30, 10);
    cache.put("a", List.of("127.0.0.1"), null);
    cache.put("b", null, UNKNOWN);
    nanos += TimeUnit.SECONDS.toNanos(9);
    assertThat(cache.get("a").addresses()).containsExactly("127.0.0.1");
    assertThat(cache.get("b").refusal()).isSameAs(UNKNOWN);
    nanos += TimeUnit.SECONDS.toNanos(1);
    assertThat(cache.get("a")).isNotNull();
    assertThat(cache.get("b")).isNull();
    nanos += TimeUnit.SECONDS.toNanos(20);
    assertThat(cache.get("a")).isNull();
  }

  /** Clients choose the names. */
  @Test
  void shouldKeepTheNamesThatWereUsedLast() {
    HostCache cache = cache(30, 10);
    cache.put("first", List.of("127.0.0.1"), null);
    for (int i = 0; i < 999; i++) {
      cache.put("n" + i, List.of("127.0.0.1"), null);
    }
    assertThat(cache.get("first")).isNotNull();
    cache.put("last", List.of("127.0.0.1"), null);
    assertThat(cache.get("first")).isNotNull();
    assertThat(cache.get("n0")).isNull();
  }

  @Test
  void shouldKeepNothingWithoutTime() {
    HostCache cache = cache(0, 0);
    cache.put("a", List.of("127.0.0.1"), null);
    assertThat(cache.get("a")).isNull();
  }
}
