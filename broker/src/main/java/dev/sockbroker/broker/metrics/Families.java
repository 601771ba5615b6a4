package dev.sockbroker.broker.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.Consumer;

/** Collects families of metrics, each with its help and its samples. */
final class Families {
  private final MetricSnapshots.Builder all = MetricSnapshots.builder();

  /** Adds samples to one family. */
  interface Samples {
    /**
     * @param labels names and values in turn
     */
    void add(double value, String... labels);
  }

  /** A number that goes up and down. */
  void gauge(String name, String help, double value) {
    gauges(name, help, samples -> samples.add(value));
  }

  void gauges(String name, String help, Consumer<Samples> samples) {
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
    samples.accept(
        (value, labels) ->
            family.dataPoint(
                GaugeDataPointSnapshot.builder().value(value).labels(Labels.of(labels)).build()));
    all.metricSnapshot(family.build());
  }

  /**
   * A number that only goes up, until the process ends.
   *
   * @param name without {@code _total}
   */
  void counter(String name, String help, double value) {
    counters(name, help, samples -> samples.add(value));
  }

  void counters(String name, String help, Consumer<Samples> samples) {
    CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
    samples.accept(
        (value, labels) ->
            family.dataPoint(
                CounterDataPointSnapshot.builder().value(value).labels(Labels.of(labels)).build()));
    all.metricSnapshot(family.build());
  }

  void histogram(String name, String help, Histogram histogram) {
    all.metricSnapshot(
        HistogramSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(histogram.bounds(), histogram.counts()))
                    .sum(histogram.sumSeconds())
                    .build())
            .build());
  }

  MetricSnapshots snapshots() {
    return all.build();
  }
}
