package dev.sockbroker.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** The cases in which a worker's threads query a database. */
final class QueryCase {
  private final Stage stage;

  QueryCase(Stage stage) {
    this.stage = stage;
  }

  /** Returns groups of tasks. The rounds of a group alternate. */
  List<List<Task>> groups(Plan plan) throws IOException {
    List<List<Task>> groups = new ArrayList<>();
    for (int threads : plan.connectionsFor(Case.JDBC)) {
      List<Task> group = new ArrayList<>();
      for (String lane : plan.lanes().stream().filter(Lanes::isForDrivers).toList()) {
        Subject subject = new Subject(Case.JDBC, "select", lane, 0, threads, 1);
        Route route = stage.database(lane);
        group.add(new Task(subject, millis -> round(route, threads, millis)));
      }
      groups.add(group);
    }
    return groups;
  }

  private static Round round(Route route, int threads, long millis) throws IOException {
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("query", route.entrance(), threads, millis);
    Histogram nanos = Latency.decode(route.worker().answer(LaneCase.patience(millis)));
    return Round.of(nanos, millis, route.busy(begin, before));
  }
}
