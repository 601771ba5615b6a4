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
    return Spread.of(each(Round::perSecond));
  }

  public boolean hasTimes() {
    return rounds.getFirst().nanos() != null;
  }

  /** The medians of the rounds, in microseconds. */
  public Spread p50Micros() {
    return Spread.of(each(Round::p50Micros));
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

  /** The values to compare: rates or times. */
  double[] compared() {
    return hasTimes() && !subject.isRate() ? each(Round::p50Micros) : each(Round::perSecond);
  }

  private double[] each(ToDoubleFunction<Round> value) {
    return rounds.stream().mapToDouble(value).toArray();
  }
}
