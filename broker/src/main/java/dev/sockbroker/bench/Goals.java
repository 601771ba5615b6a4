package dev.sockbroker.bench;

import static dev.sockbroker.bench.Case.CONTROL;
import static dev.sockbroker.bench.Case.EVENT;
import static dev.sockbroker.bench.Case.IDLE;
import static dev.sockbroker.bench.Case.PINGPONG;
import static dev.sockbroker.bench.Case.THROUGHPUT;
import static dev.sockbroker.bench.Goal.atLeast;
import static dev.sockbroker.bench.Goal.atMost;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Defines which lanes are compared and which goals apply. */
final class Goals {
  private static final String ANY = "";

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
          new Rule(IDLE, ANY, "ring", null, atMost(0)),
          new Rule(CONTROL, "set-async", ControlCase.BROKER, Stage.BARE, atMost(2)),
          new Rule(CONTROL, "set", ControlCase.BROKER, Stage.BARE, atMost(3)),
          new Rule(CONTROL, "share", ControlCase.BROKER, Stage.BARE, atMost(5)),
          new Rule(CONTROL, "pipelined", ControlCase.BROKER, null, atLeast(150_000)),
          new Rule(EVENT, ANY, ControlCase.BROKER, Stage.BARE, atMost(3)));

  /**
   * @param operation of the case, or any
   * @param those null for the figure itself
   */
  private record Rule(Case kind, String operation, String lane, String those, Goal goal) {
    private boolean isFor(Subject subject, String other) {
      boolean usual =
          switch (kind) {
            case THROUGHPUT -> subject.size() == 256 << 10 && subject.connections() == 1;
            case PINGPONG ->
                subject.size() == 64 && subject.connections() == 1 && subject.pipeline() == 1;
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
      Optional<Goal> own = goal(subject, null);
      own.ifPresent(
          it -> comparisons.add(new Comparison(subject, null, Spread.of(these.compared()), it)));
      for (Series those : all) {
        if (isPair(subject, those.subject())) {
          comparisons.add(compare(these, those));
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
    return new Comparison(subject, those, value, goal);
  }

  private static boolean isPair(Subject these, Subject those) {
    if (these.equals(those) || these.kind() == IDLE || these.operation().equals("pipelined")) {
      return false;
    } else if (those.lane().equals(Stage.BARE)) {
      return these.kind() == CONTROL || these.kind() == EVENT;
    }
    return those.equals(these.in(those.lane()))
        && (those.lane().equals(Lanes.NATIVE) || goal(these, those.lane()).isPresent());
  }

  private static Comparison compare(Series these, Series those) {
    String other = those.subject().lane();
    return new Comparison(
        these.subject(),
        other,
        Spread.ratio(these.compared(), those.compared()),
        goal(these.subject(), other).orElse(null));
  }

  private static Optional<Goal> goal(Subject subject, String other) {
    return RULES.stream().filter(it -> it.isFor(subject, other)).map(Rule::goal).findFirst();
  }
}
