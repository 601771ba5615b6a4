package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.NameInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What has happened between two samples, per second.
 *
 * @param busy the part of the time in which the loop worked, 0 to 1
 * @param names a row for each name of the later sample
 */
record NameRates(
    NameSample now,
    double busy,
    double requests,
    double refusals,
    double accepts,
    double bytesIn,
    double bytesOut,
    List<Row> names) {

  /** The rates of one name. */
  record Row(NameInfo name, double accepts, double bytesIn, double bytesOut) {}

  /**
   * @param before null for the first sample, without rates
   */
  static NameRates between(NameSample before, NameSample now) {
    NameSample since = before == null ? now : before;
    double seconds =
        Math.max(1, now.nanos() - since.nanos()) / (double) TimeUnit.SECONDS.toNanos(1);
    Map<Long, NameInfo> former = new HashMap<>();
    since.names().forEach(it -> former.put(it.socket(), it));
    List<Row> rows = new ArrayList<>();
    for (NameInfo it : now.names()) {
      NameInfo was = former.getOrDefault(it.socket(), it);
      rows.add(
          new Row(
              it,
              change(was.accepts(), it.accepts()) / seconds,
              change(was.bytesIn(), it.bytesIn()) / seconds,
              change(was.bytesOut(), it.bytesOut()) / seconds));
    }
    return new NameRates(
        now,
        Math.min(1, change(since.info().busyMicros(), now.info().busyMicros()) / 1e6 / seconds),
        change(since.info().requests(), now.info().requests()) / seconds,
        change(since.info().refusals(), now.info().refusals()) / seconds,
        change(since.info().accepts(), now.info().accepts()) / seconds,
        change(since.info().bytesIn(), now.info().bytesIn()) / seconds,
        change(since.info().bytesOut(), now.info().bytesOut()) / seconds,
        rows);
  }

  /** An upgraded broker restarts its counters at zero. */
  private static double change(long before, long now) {
    return now >= before ? now - before : now;
  }
}
