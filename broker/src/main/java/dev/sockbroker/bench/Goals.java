package dev.sockbroker.bench;

import static dev.sockbroker.bench.Case.CONTROL;
import static dev.sockbroker.bench.Case.EVENT;
import static dev.sockbroker.bench.Case.HTTP;
import static dev.sockbroker.bench.Case.IDLE;
import static dev.sockbroker.bench.Case.JDBC;
import static dev.sockbroker.bench.Case.KEEP;
import static dev.sockbroker.bench.Case.PINGPONG;
import static dev.sockbroker.bench.Case.THROUGHPUT;
import static dev.sockbroker.bench.ControlCase.THREADS;
import static dev.sockbroker.bench.Goal.atLeast;
import static dev.sockbroker.bench.Goal.atMost;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Defines which lanes are compared and which goals apply. */
final class Goals {
  private static final String ANY = "";

  /** The goals for web servers are for more connections than CPUs. */
  private static final int HTTP_CONNECTIONS_MIN = 16;

  /** The goals are for one connection: 256 KiB in a stream, 64 bytes in each direction. */
  private static final List<Rule> RULES =
      List.of(
          new Rule(THROUGHPUT, ANY, "ring", Lanes.NATIVE, atLeast(1.0)),
          new Rule(THROUGHPUT, ANY, "ring", "haproxy-tcp", atLeast(1.8)),
          new Rule(THROUGHPUT, ANY, "ring", "haproxy-tcp-splice", atLeast(1.8)),
          new Rule(THROUGHPUT, ANY, "framed", "haproxy-unix", atLeast(1.0)),
          new Rule(THROUGHPUT, ANY, "framed", "haproxy-unix-splice", atLeast(1.0)),
          new Rule(THROUGHPUT, ANY, "framed-async", "haproxy-unix", atLeast(1.0)),
          new Rule(THROUGHPUT, ANY, "framed-async", "haproxy-unix-splice", atLeast(1.0)),
          new Rule(THROUGHPUT, ANY, "fd", Lanes.NATIVE, atLeast(0.97)),
          new Rule(PINGPONG, ANY, "ring", "haproxy-tcp", atMost(1.0)),
          new Rule(PINGPONG, ANY, "framed", "haproxy-unix", atMost(1.3)),
          new Rule(PINGPONG, ANY, "framed-async", "haproxy-unix", atMost(1.3)),
          new Rule(PINGPONG, ANY, "fd", Lanes.NATIVE, atMost(1 / 0.97)),
          new Rule(THROUGHPUT, ANY, "stream", "haproxy-unix", atLeast(1.1)),
          new Rule(THROUGHPUT, ANY, "stream", "haproxy-unix", Metric.CPU, atMost(1.0)),
          new Rule(THROUGHPUT, "receive", "ring", Lanes.NATIVE, Metric.CPU, atMost(1.3)),
          new Rule(HTTP, WebCase.KEEP_ALIVE, Lanes.FACTORY, "haproxy-unix", atLeast(1.1)),
          new Rule(
              HTTP, WebCase.KEEP_ALIVE, Lanes.FACTORY, "haproxy-unix", Metric.P99, atMost(1.0)),
          new Rule(HTTP, WebCase.KEEP_ALIVE, Lanes.NETTY_FD, Lanes.NETTY, atLeast(0.98)),
          new Rule(HTTP, WebCase.CLOSE, Lanes.FACTORY, "haproxy-unix", atLeast(1.0)),
          new Rule(JDBC, ANY, Lanes.FACTORY, "haproxy-unix", atLeast(1.0)),
          new Rule(IDLE, ANY, "ring", null, atMost(0)),
          new Rule(CONTROL, "set-async", ControlCase.BROKER, Stage.BARE, atMost(2)),
          new Rule(CONTROL, "set", ControlCase.BROKER, Stage.BARE, atMost(3)),
          new Rule(CONTROL, "set", THREADS, ControlCase.BROKER, Metric.P99, atMost(4)),
          new Rule(CONTROL, "set-paced", THREADS, ControlCase.BROKER, Metric.P99, atMost(4)),
          new Rule(CONTROL, "share", ControlCase.BROKER, Stage.BARE, atMost(5)),
          new Rule(CONTROL, "pipelined", ControlCase.BROKER, null, atLeast(150_000)),
          new Rule(CONTROL, "set", PolicyCase.WITH, PolicyCase.WITHOUT, atMost(1.02)),
          new Rule(CONTROL, "connect", PolicyCase.WITH, PolicyCase.WITHOUT, atMost(1.02)),
          new Rule(KEEP, ANY, KeepCase.WITH, KeepCase.WITHOUT, Metric.RATE, atLeast(0.97)),
          new Rule(EVENT, ANY, ControlCase.BROKER, Stage.BARE, atMost(3)));

  /**
   * @param operation of the case, or any
   * @param those null for the figure itself
   * @param metric null for what is compared without a goal
   */
  private record Rule(
      Case kind, String operation, String lane, String those, Metric metric, Goal goal) {
    Rule(Case kind, String operation, String lane, String those, Goal goal) {
      this(kind, operation, lane, those, null, goal);
    }

    private boolean isFor(Subject subject, String other) {
      boolean usual =
          switch (kind) {
            case THROUGHPUT -> subject.size() == 256 << 10 && subject.connections() == 1;
            case PINGPONG ->
                subject.size() == 64 && subject.connections() == 1 && subject.pipeline() == 1;
            case HTTP -> subject.connections() >= HTTP_CONNECTIONS_MIN;
            default -> true;
          };
      return usual
          && kind == subject.kind()
          && (operation.equals(ANY) || operation.equals(subject.operation()))
          && lane.equals(subject.lane())
          && (those == null ? other == null : those.equals(other));
    }
  }

  private Goals() {}

  /** Compares each lane with native, with the bare floor, and with the lane that a goal names. */
  static List<Comparison> compare(List<Series> all) {
    List<Comparison> comparisons = new ArrayList<>();
    for (Series these : all) {
      Subject subject = these.subject();
      Metric usual = these.metric();
      goal(these, null, usual)
          .ifPresent(
              it ->
                  comparisons.add(
                      new Comparison(subject, null, usual, Spread.of(these.each(usual)), it)));
      for (Series those : all) {
        for (Metric metric : Metric.values()) {
          if (isPair(these, those.subject(), metric)) {
            comparisons.add(compare(these, those, metric));
          }
        }
      }
    }
    return comparisons;
  }

  /** The goals for the scale, at each of its points. */
  static List<Comparison> of(ScalePoint point) {
    Spread bytes = Spread.of(point.bytesPerDescriptor());
    return List.of(
        scale("heap bytes per descriptor", point, null, bytes, atMost(600)),
        scale("list --json, ms", point, null, point.listMillis(), atMost(1500)),
        scale("set", point, ScaleCase.FEW, point.set(), atMost(1.2)),
        scale("event", point, ScaleCase.FEW, point.event(), atMost(1.2)));
  }

  private static Comparison scale(
      String operation, ScalePoint point, String those, Spread value, Goal goal) {
    Subject subject =
        new Subject(Case.SCALE, operation, ControlCase.BROKER, point.descriptors(), 0, 1);
    return new Comparison(subject, those, those == null ? null : Metric.P50, value, goal);
  }

  private static boolean isPair(Series series, Subject those, Metric metric) {
    Subject these = series.subject();
    if (these.equals(those) || these.kind() == IDLE || these.operation().equals("pipelined")) {
      return false;
    } else if (those.lane().equals(Stage.BARE)) {
      return metric == series.metric() && (these.kind() == CONTROL || these.kind() == EVENT);
    }
    boolean isUsual = metric == series.metric() && those.lane().equals(Lanes.NATIVE);
    return those.equals(these.in(those.lane()))
        && (isUsual || goal(series, those.lane(), metric).isPresent());
  }

  private static Comparison compare(Series these, Series those, Metric metric) {
    String other = those.subject().lane();
    return new Comparison(
        these.subject(),
        other,
        metric,
        Spread.ratio(these.each(metric), those.each(metric)),
        goal(these, other, metric).orElse(null));
  }

  private static Optional<Goal> goal(Series series, String other, Metric metric) {
    return RULES.stream()
        .filter(it -> it.isFor(series.subject(), other))
        .filter(it -> metric == (it.metric() == null ? series.metric() : it.metric()))
        .map(Rule::goal)
        .findFirst();
  }
}
