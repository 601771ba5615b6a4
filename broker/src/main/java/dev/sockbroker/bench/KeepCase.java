package dev.sockbroker.bench;

import dev.sockbroker.child.PrivateBroker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what it costs that the sockets outlive a killed broker: the same work for a broker that
 * keeps them and for one that does not.
 */
final class KeepCase {
  /** Used in place of a lane. */
  static final String WITH = "keep=auto";

  /** Used in place of a lane. */
  static final String WITHOUT = "keep=none";

  private static final List<String> LANES = List.of("framed", "stream", "ring");
  private static final int STREAM_SIZE = 256 << 10;
  private static final int MESSAGE_SIZE = 64;

  private final Stage stage;

  KeepCase(Stage stage) {
    this.stage = stage;
  }

  /** How to measure the same work on one route. */
  private interface Work {
    Task on(Route route, String keep);
  }

  /** Both brokers in each group, so that their rounds alternate. */
  List<List<Task>> groups() throws IOException {
    PrivateBroker with = stage.newBroker("--keep=auto");
    PrivateBroker without = stage.newBroker("--keep=none");
    ControlCase control = new ControlCase(stage);
    LaneCase lanes = new LaneCase(stage);
    List<List<Task>> groups = new ArrayList<>();
    for (String lane : LANES) {
      Route kept = stage.brokered(lane, with.socket(), with.pid());
      Route lost = stage.brokered(lane, without.socket(), without.pid());
      List<Work> works = new ArrayList<>();
      if (groups.isEmpty()) {
        for (String operation : List.of("set", "register", "share", "pipelined")) {
          works.add((route, keep) -> control.control(route, operation, keep));
        }
        works.add((route, keep) -> control.connect(route, "open-export", keep));
      }
      works.add((route, keep) -> lanes.pingPong(route, subject(lane, keep, "answer")));
      works.add((route, keep) -> throughput(lanes, route, subject(lane, keep, "receive")));
      works.add((route, keep) -> throughput(lanes, route, subject(lane, keep, "send")));
      for (Work work : works) {
        groups.add(List.of(kept(work.on(kept, WITH)), kept(work.on(lost, WITHOUT))));
      }
    }
    return groups;
  }

  private static Subject subject(String lane, String keep, String operation) {
    int size = operation.equals("answer") ? MESSAGE_SIZE : STREAM_SIZE;
    return new Subject(Case.KEEP, lane + "-" + operation, keep, size, 1, 1);
  }

  private static Task throughput(LaneCase lanes, Route route, Subject subject) {
    return new Task(
        subject,
        millis -> {
          Round bytes =
              subject.operation().endsWith("receive")
                  ? lanes.receive(route, subject, millis)
                  : lanes.send(route, subject, millis);
          return new Round(bytes.perSecond() / subject.size(), bytes.nanos(), bytes.cpu());
        });
  }

  /** The same task as one of this case. */
  private static Task kept(Task of) {
    Subject it = of.subject();
    return new Task(
        new Subject(
            Case.KEEP, it.operation(), it.lane(), it.size(), it.connections(), it.pipeline()),
        of.measure());
  }
}
