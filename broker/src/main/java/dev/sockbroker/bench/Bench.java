package dev.sockbroker.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs every case of a plan, one after the other. */
public final class Bench {
  private Bench() {}

  /**
   * Runs the plan. It takes about as long as the rounds, for each series.
   *
   * @param main the command line's main class, whose class path all processes use
   * @param progress receives progress messages
   * @throws IOException if a process failed to do what it was asked
   */
  public static Report run(Plan plan, Class<?> main, Consumer<String> progress) throws IOException {
    Rounds rounds = new Rounds(plan, progress);
    try (Stage stage = Stage.open(plan, main)) {
      List<Series> series = new ArrayList<>(lanes(plan, stage, rounds));
      List<ScalePoint> scale = List.of();
      if (plan.cases().contains(Case.SCALE)) {
        scale = new ScaleCase(stage, rounds, plan).run();
      }
      List<Comparison> comparisons = new ArrayList<>(Goals.compare(series));
      scale.forEach(point -> comparisons.addAll(Goals.of(point)));
      return new Report(
          plan,
          Machine.describe(plan, main),
          stage.isPinned(),
          rounds.quiet().disturbance(),
          series,
          comparisons,
          scale);
    }
  }

  private static List<Series> lanes(Plan plan, Stage stage, Rounds rounds) throws IOException {
    List<Series> series = new ArrayList<>();
    LaneCase lanes = new LaneCase(stage);
    for (Case kind : plan.cases()) {
      for (List<Task> group : lanes.groups(kind, plan)) {
        series.addAll(rounds.take(group));
      }
    }
    if (plan.cases().contains(Case.HTTP)) {
      for (List<Task> group : new WebCase(stage).groups(plan)) {
        series.addAll(rounds.take(group));
      }
    }
    if (plan.cases().contains(Case.JDBC)) {
      for (List<Task> group : new QueryCase(stage).groups(plan)) {
        series.addAll(rounds.take(group));
      }
    }
    boolean control = plan.cases().contains(Case.CONTROL);
    boolean event = plan.cases().contains(Case.EVENT);
    if (control || event) {
      series.addAll(rounds.take(new ControlCase(stage).group(control, event)));
    }
    if (control && PolicyCase.isPossible()) {
      series.addAll(rounds.take(new PolicyCase(stage).group()));
    }
    if (plan.cases().contains(Case.KEEP)) {
      for (List<Task> group : new KeepCase(stage).groups()) {
        series.addAll(rounds.take(group));
      }
    }
    return series;
  }
}
