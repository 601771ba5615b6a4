package dev.sockbroker.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Measures control operations and events, next to the bare floor. */
final class ControlCase {
  /** Used in place of a lane. */
  static final String BROKER = "broker";

  private static final int BARE_SIZE = 64;
  private static final List<String> OPERATIONS =
      List.of("ping", "set-async", "set", "set-paced", "register", "share", "pipelined");

  /** Used in place of a lane by an operation of many threads. */
  static final String THREADS = "64-threads";

  private static final int THREAD_COUNT = 64;

  /** As often as possible, and 6,400 times a second in all. */
  private static final List<String> OPERATIONS_OF_THREADS = List.of("set", "set-paced");

  private final Stage stage;

  ControlCase(Stage stage) {
    this.stage = stage;
  }

  /** One group, in which everything is compared with the floor. */
  List<Task> group(boolean control, boolean event) throws IOException {
    List<Task> group = new ArrayList<>();
    Subject floor = new Subject(Case.CONTROL, "ping", Stage.BARE, BARE_SIZE, 1, 1);
    group.add(new LaneCase(stage).pingPong(stage.route(Stage.BARE), floor));
    Route worker = stage.route("framed");
    if (control) {
      for (String operation : OPERATIONS) {
        group.add(control(worker, operation, BROKER));
      }
      for (String operation : OPERATIONS_OF_THREADS) {
        group.add(control(worker, operation, THREADS));
      }
      group.add(connect(worker, "open-export", BROKER));
      group.add(connect(worker, "connect", Lanes.NATIVE));
    }
    if (event) {
      group.add(event(worker, BROKER));
      group.add(event(stage.route(Lanes.NATIVE), Lanes.NATIVE));
    }
    return group;
  }

  /** Measures one operation of a client. */
  Task control(Route route, String operation, String lane) {
    int depth = operation.equals("pipelined") ? ControlLoad.DEPTH : 1;
    Subject subject = new Subject(Case.CONTROL, operation, lane, 0, 0, depth);
    int threads = lane.equals(THREADS) ? THREAD_COUNT : 1;
    return new Task(subject, millis -> control(route, operation, threads, millis));
  }

  /** An open and an export give a worker what a connect of its own would. */
  Task connect(Route route, String operation, String lane) {
    Subject subject = new Subject(Case.CONTROL, "connect", lane, 0, 0, 1);
    return new Task(subject, millis -> control(route, operation, 1, millis));
  }

  private static Round control(Route route, String operation, int threads, long millis)
      throws IOException {
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("control", operation, threads, millis);
    String[] words = route.worker().answer(LaneCase.patience(millis)).split(" ");
    Cpu busy = route.busy(begin, before);
    return new Round(Double.parseDouble(words[0]), Latency.decode(words[1]), busy);
  }

  Task event(Route route, String lane) {
    Subject subject = new Subject(Case.EVENT, "read", lane, 0, 1, 1);
    return new Task(subject, millis -> event(route, millis));
  }

  private Round event(Route route, long millis) throws IOException {
    Duration patience = LaneCase.patience(millis);
    String address = route.worker().ask("events-address");
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("events");
    stage.peer().tell("events", address, millis);
    stage.peer().answer(patience);
    Histogram nanos = Latency.decode(route.worker().answer(patience));
    return Round.of(nanos, millis, route.busy(begin, before));
  }
}
