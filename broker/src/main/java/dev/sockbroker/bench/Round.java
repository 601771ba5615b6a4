package dev.sockbroker.bench;

import org.HdrHistogram.Histogram;

/**
 * One round of one series.
 *
 * @param perSecond bytes or operations; for {@link Case#IDLE} CPU seconds
 * @param nanos times, or null
 */
record Round(double perSecond, Histogram nanos, Cpu cpu) {

  static Round of(Histogram nanos, long millis, Cpu cpu) {
    return new Round(nanos.getTotalCount() * 1e3 / millis, nanos, cpu);
  }

  double micros(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e3;
  }

  /** The CPU seconds of broker or proxy, and worker, for each byte or operation. */
  double cpuPerUnit() {
    return (cpu.between() + cpu.worker()) / perSecond;
  }
}
