package dev.sockbroker.bench;

import dev.sockbroker.child.ChildJvm;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** The cases in which bytes move between the peer and a worker. */
final class LaneCase {
  private final Stage stage;

  LaneCase(Stage stage) {
    this.stage = stage;
  }

  /** The time limit of a child for one round. */
  static Duration patience(long millis) {
    return Duration.ofSeconds(30).plusMillis(2 * millis);
  }

  /** Returns groups of tasks. The rounds of a group alternate. */
  List<List<Task>> groups(Case kind, Plan plan) throws IOException {
    return switch (kind) {
      case THROUGHPUT -> throughput(plan);
      case PINGPONG -> pingPong(plan);
      case IDLE -> List.of(idle(plan));
      default -> List.of();
    };
  }

  private List<List<Task>> throughput(Plan plan) throws IOException {
    List<List<Task>> groups = new ArrayList<>();
    for (int size : plan.sizesFor(Case.THROUGHPUT)) {
      for (int connections : plan.connectionsFor(Case.THROUGHPUT)) {
        List<Task> receive = new ArrayList<>();
        List<Task> send = new ArrayList<>();
        for (String lane : plan.lanes().stream().filter(it -> !Lanes.isOfNetty(it)).toList()) {
          Route route = stage.route(lane);
          Subject subject = new Subject(Case.THROUGHPUT, "receive", lane, size, connections, 1);
          receive.add(new Task(subject, millis -> receive(route, subject, millis)));
          Subject back = new Subject(Case.THROUGHPUT, "send", lane, size, connections, 1);
          send.add(new Task(back, millis -> send(route, back, millis)));
        }
        groups.add(receive);
        groups.add(send);
      }
    }
    return groups;
  }

  /** The peer sends messages and the worker receives them. The rate is in bytes. */
  Round receive(Route route, Subject subject, long millis) throws IOException {
    Duration patience = patience(millis);
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("receive", subject.connections(), subject.size());
    stage.peer().tell("send", route.entrance(), subject.connections(), subject.size(), millis);
    stage.peer().answer(patience);
    double rate = Double.parseDouble(route.worker().answer(patience));
    return new Round(rate, null, route.busy(begin, before));
  }

  /** Likewise in the other direction. */
  Round send(Route route, Subject subject, long millis) throws IOException {
    Duration patience = patience(millis);
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("send", subject.connections(), subject.size(), millis);
    stage.peer().tell("receive", route.entrance(), subject.connections(), subject.size());
    double rate = Double.parseDouble(stage.peer().answer(patience));
    route.worker().answer(patience);
    return new Round(rate, null, route.busy(begin, before));
  }

  private List<List<Task>> pingPong(Plan plan) throws IOException {
    List<List<Task>> groups = new ArrayList<>();
    for (int size : plan.sizesFor(Case.PINGPONG)) {
      for (int connections : plan.connectionsFor(Case.PINGPONG)) {
        for (int pipeline : plan.pipelines()) {
          List<Task> group = new ArrayList<>();
          for (String lane : plan.lanes().stream().filter(it -> !Lanes.isOfNetty(it)).toList()) {
            Subject subject =
                new Subject(Case.PINGPONG, "answer", lane, size, connections, pipeline);
            group.add(pingPong(stage.route(lane), subject));
          }
          groups.add(group);
        }
      }
    }
    return groups;
  }

  Task pingPong(Route route, Subject subject) {
    return new Task(subject, millis -> pingPong(route, subject, millis));
  }

  private Round pingPong(Route route, Subject subject, long millis) throws IOException {
    Duration patience = patience(millis);
    int size = subject.size();
    int connections = subject.connections();
    int pipeline = subject.pipeline();
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    route.worker().tell("answer", connections, size * pipeline, size);
    ChildJvm peer = stage.peer();
    peer.tell("ping", route.entrance(), connections, size, pipeline, millis);
    Histogram nanos = Latency.decode(peer.answer(patience));
    route.worker().answer(patience);
    return Round.of(nanos, millis, route.busy(begin, before));
  }

  private List<Task> idle(Plan plan) throws IOException {
    List<Task> group = new ArrayList<>();
    for (String lane : plan.lanes().stream().filter(it -> !Lanes.isOfNetty(it)).toList()) {
      Route route = stage.route(lane);
      Subject subject = new Subject(Case.IDLE, "hold", lane, 0, 1, 1);
      group.add(new Task(subject, millis -> idle(route, millis)));
    }
    return group;
  }

  /** Measures worker and broker or proxy from the moment the connection is established. */
  private Round idle(Route route, long millis) throws IOException {
    Duration patience = patience(millis);
    route.worker().tell("answer", 1, 64, 64);
    stage.peer().tell("idle", route.entrance(), millis + SETTLED_MILLIS);
    settle();
    Cpu before = route.processes().sample();
    long begin = System.nanoTime();
    stage.peer().answer(patience);
    Cpu busy = route.busy(begin, before);
    route.worker().answer(patience);
    return new Round(busy.between() + busy.worker(), null, busy);
  }

  private static final long SETTLED_MILLIS = 500;

  private static void settle() throws IOException {
    try {
      Thread.sleep(SETTLED_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
