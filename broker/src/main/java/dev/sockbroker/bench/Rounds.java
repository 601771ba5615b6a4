package dev.sockbroker.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes the rounds of what is compared in turn, A B A B, so that whatever else the machine does is
 * in all of them.
 */
final class Rounds {
  private final Plan plan;
  private final Consumer<String> progress;
  private final Quiet quiet = new Quiet(CpuTime::now);

  /**
   * @param progress hears what is being done
   */
  Rounds(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
  }

  /** A round of each that does not count, for the JVMs to warm up, then those that do. */
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

  /** For what is not a round. */
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
