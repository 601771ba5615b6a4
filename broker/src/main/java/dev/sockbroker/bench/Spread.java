package dev.sockbroker.bench;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Numbers of several rounds. */
public record Spread(double median, double min, double max) {
  static Spread of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  static Spread of(DoubleStream values) {
    return of(values.toArray());
  }

  /**
   * The ratio of two medians. The rounds were taken in turn, so what else the machine did is in
   * both of a pair: least and greatest are of the pairs.
   */
  static Spread ratio(double[] these, double[] those) {
    double[] pairs = new double[these.length];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = these[i] / those[i];
    }
    Spread spread = of(pairs);
    return new Spread(of(these).median / of(those).median, spread.min, spread.max);
  }
}
