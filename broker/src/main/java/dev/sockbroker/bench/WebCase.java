package dev.sockbroker.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The cases in which a web server in each lane replies to clients. */
final class WebCase {
  static final String KEEP_ALIVE = "keep-alive";

  /** With one connection per request. */
  static final String CLOSE = "close";

  private final Stage stage;

  WebCase(Stage stage) {
    this.stage = stage;
  }

  /** Returns groups of tasks. The rounds of a group alternate. */
  List<List<Task>> groups(Plan plan) throws IOException {
    List<List<Task>> groups = new ArrayList<>();
    for (String operation : List.of(KEEP_ALIVE, CLOSE)) {
      for (int connections : plan.connectionsFor(Case.HTTP)) {
        List<Task> group = new ArrayList<>();
        for (String lane : plan.lanes().stream().filter(Lanes::isForServers).toList()) {
          Subject subject = new Subject(Case.HTTP, operation, lane, 0, connections, 1);
          Route route = stage.web(lane);
          group.add(new Task(subject, millis -> round(route, subject, millis)));
        }
        groups.add(group);
      }
    }
    return groups;
  }

  private Round round(Route route, Subject subject, long millis) throws IOException {
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    WebLoad.Run run =
        stage
            .webLoad()
            .run(
                route.entrance(),
                subject.connections(),
                subject.operation().equals(KEEP_ALIVE),
                millis);
    return Round.of(run.nanos(), run.millis(), route.busy(begin, before));
  }
}
