package dev.sockbroker.bench;

import static dev.sockbroker.bench.Case.CONTROL;
import static dev.sockbroker.bench.Case.PINGPONG;
import static dev.sockbroker.bench.Case.THROUGHPUT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class GoalsTest {
  private static final int USUAL = 256 << 10;

  @Test
  void shouldCompareEachLaneWithNative() {
    List<Comparison> comparisons =
        Goals.compare(List.of(rates("native", USUAL, 4, 8, 2), rates("framed", USUAL, 1, 2, 1)));

    assertThat(comparisons).hasSize(1);
    assertThat(comparisons.getFirst().these().lane()).isEqualTo("framed");
    assertThat(comparisons.getFirst().those()).isEqualTo("native");
    assertThat(comparisons.getFirst().value()).isEqualTo(new Spread(0.25, 0.25, 0.5));
    assertThat(comparisons.getFirst().goal()).isNull();
  }

  @Test
  void shouldSayWhetherAGoalIsReached() {
    Series proxy = rates("haproxy-unix", USUAL, 10, 10, 10);

    Comparison slower = Goals.compare(List.of(proxy, rates("framed", USUAL, 9, 9, 11))).getFirst();
    Comparison faster = Goals.compare(List.of(proxy, rates("framed", USUAL, 9, 10, 11))).getFirst();

    assertThat(slower.goal()).isEqualTo(Goal.atLeast(1));
    assertThat(slower.isReached()).isFalse();
    assertThat(faster.isReached()).isTrue();
  }

  @Test
  void shouldSetGoalsForTheUsualSizeOnly() {
    assertThat(Goals.compare(List.of(rates("haproxy-unix", 64, 1), rates("framed", 64, 1))))
        .isEmpty();
  }

  @Test
  void shouldCompareTimesOfOneMessageAtATimeAndRatesOfMany() {
    Series slow = times(new Subject(PINGPONG, "answer", "framed", 64, 1, 1), 30_000, 10);
    Series quick = times(new Subject(PINGPONG, "answer", "native", 64, 1, 1), 10_000, 30);
    Series slowPipelined = times(new Subject(PINGPONG, "answer", "framed", 64, 1, 8), 30_000, 10);
    Series quickPipelined = times(new Subject(PINGPONG, "answer", "native", 64, 1, 8), 10_000, 30);

    List<Comparison> comparisons =
        Goals.compare(List.of(slow, quick, slowPipelined, quickPipelined));

    assertThat(comparisons).hasSize(2);
    assertThat(comparisons.get(0).value().median()).isBetween(2.99, 3.01);
    assertThat(comparisons.get(1).value().median()).isBetween(0.33, 0.34);
  }

  @Test
  void shouldCompareControlWithTheBareFloor() {
    Series bare = times(new Subject(CONTROL, "ping", Stage.BARE, 64, 1, 1), 10_000, 1);
    Series set = times(new Subject(CONTROL, "set", ControlCase.BROKER, 0, 0, 1), 31_000, 1);

    Comparison comparison = Goals.compare(List.of(bare, set)).getFirst();

    assertThat(comparison.those()).isEqualTo(Stage.BARE);
    assertThat(comparison.goal()).isEqualTo(Goal.atMost(3));
    assertThat(comparison.isReached()).isFalse();
  }

  @Test
  void shouldCompareAWebServersRateAndSlowRepliesWithTheProxys() {
    Subject work = new Subject(Case.HTTP, "keep-alive", "factory", 0, 16, 1);
    Series ours = times(work, 30_000, 22);
    Series proxys = times(work.in("haproxy-unix"), 20_000, 20);

    List<Comparison> comparisons = Goals.compare(List.of(ours, proxys));

    assertThat(comparisons).extracting(Comparison::metric).containsExactly(Metric.RATE, Metric.P99);
    assertThat(comparisons).extracting(Comparison::isReached).containsExactly(true, false);
  }

  @Test
  void shouldCompareTheCpuTimeForTheSameWork() {
    Series ring = new Series(new Subject(THROUGHPUT, "receive", "ring", USUAL, 1, 1));
    Series own = new Series(new Subject(THROUGHPUT, "receive", "native", USUAL, 1, 1));
    ring.add(new Round(4, null, new Cpu(1, 0.6, 0.2)));
    own.add(new Round(8, null, new Cpu(1, 0, 0.8)));

    Comparison comparison = Goals.compare(List.of(ring, own)).getLast();

    assertThat(comparison.metric()).isEqualTo(Metric.CPU);
    assertThat(comparison.value().median()).isEqualTo(2);
    assertThat(comparison.goal()).isEqualTo(Goal.atMost(1.3));
  }

  private static Series rates(String lane, int size, double... perSecond) {
    Series series = new Series(new Subject(THROUGHPUT, "receive", lane, size, 1, 1));
    for (double value : perSecond) {
      series.add(new Round(value, null, new Cpu(0, 0, 0)));
    }
    return series;
  }

  private static Series times(Subject subject, long nanos, double perSecond) {
    Histogram histogram = Latency.histogram();
    histogram.recordValue(nanos);
    Series series = new Series(subject);
    series.add(new Round(perSecond, histogram, new Cpu(0, 0, 0)));
    return series;
  }
}
