package dev.sockbroker.bench;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** The median and range of several rounds. */
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
   * The ratio of two medians. The rounds alternated, so other activity on the machine affected both
   * rounds of a pair. The minimum and maximum are those of the pairs' ratios.
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
