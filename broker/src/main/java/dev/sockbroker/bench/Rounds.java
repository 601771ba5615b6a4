package dev.sockbroker.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Alternates the rounds of the subjects that are compared (A B A B), so that other activity on the
 * machine affects all of them.
 */
final class Rounds {
  private final Plan plan;
  private final Consumer<String> progress;
  private final Quiet quiet = new Quiet(CpuTime::now);

  /**
   * @param progress receives progress messages
   */
  Rounds(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Runs one round of each that does not count, to warm up the JVMs, and then the rounds that
   * count.
   */
  List<Series> take(List<Task> group) throws IOException {
    List<Series> all = group.stream().map(task -> new Series(task.subject())).toList();
    for (Task task : group) {
      say(task.subject(), "warming up");
      task.measure().take(plan.warmUpMillis());
    }
    for (int round = 1; round <= plan.rounds(); round++) {
      for (int i = 0; i < group.size(); i++) {
        Task task = group.get(i);
        say(task.subject(), "round " + round + " of " + plan.rounds());
        all.get(i).add(quiet.take(() -> task.measure().take(plan.millis())));
      }
    }
    return all;
  }

  /** For measurements other than rounds. */
  Quiet quiet() {
    return quiet;
  }

  void say(Subject subject, String words) {
    String size = subject.size() == 0 ? "" : " " + Figures.count(subject.size());
    progress.accept(
        "%s %s%s, %s: %s"
            .formatted(subject.kind().text(), subject.operation(), size, subject.lane(), words));
  }
}
