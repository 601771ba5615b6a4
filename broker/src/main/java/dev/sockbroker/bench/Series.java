package dev.sockbroker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/** The rounds of one subject. */
public final class Series {
  private final Subject subject;
  private final List<Round> rounds = new ArrayList<>();

  Series(Subject subject) {
    this.subject = subject;
  }

  void add(Round round) {
    rounds.add(round);
  }

  public Subject subject() {
    return subject;
  }

  /**
   * Bytes per second for {@link Case#THROUGHPUT}, CPU seconds per second for IDLE, otherwise
   * operations.
   */
  public Spread perSecond() {
    return Spread.of(each(Metric.RATE));
  }

  public boolean hasTimes() {
    return rounds.getFirst().nanos() != null;
  }

  /** The medians of the rounds, in microseconds. */
  public Spread p50Micros() {
    return Spread.of(each(Metric.P50));
  }

  /** A percentile of all rounds together, in microseconds. */
  public double micros(double percentile) {
    Histogram all = Latency.histogram();
    rounds.forEach(round -> all.add(round.nanos()));
    return all.getValueAtPercentile(percentile) / 1e3;
  }

  /** The median load of the peer, of the broker or proxy, and of the worker. */
  public Cpu cpu() {
    return new Cpu(
        Spread.of(each(round -> round.cpu().peer())).median(),
        Spread.of(each(round -> round.cpu().between())).median(),
        Spread.of(each(round -> round.cpu().worker())).median());
  }

  /** The median CPU seconds of broker or proxy, and worker, for each byte or operation. */
  public double cpuPerUnit() {
    return Spread.of(each(Metric.CPU)).median();
  }

  /** What is compared without a goal that says otherwise: rates or times. */
  Metric metric() {
    return hasTimes() && !subject.isRate() ? Metric.P50 : Metric.RATE;
  }

  double[] compared() {
    return each(metric());
  }

  /** The value of each round. */
  double[] each(Metric metric) {
    return each(metric::of);
  }

  private double[] each(ToDoubleFunction<Round> value) {
    return rounds.stream().mapToDouble(value).toArray();
  }
}
