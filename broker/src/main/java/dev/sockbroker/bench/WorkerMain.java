package dev.sockbroker.bench;

import dev.sockbroker.child.ChildLoop;
import java.io.IOException;

/** A worker that serves the peer in one lane and measures requests to the broker. */
public final class WorkerMain {
  private final Lane lane;
  private final ControlLoad control;
  private final EventLoad events;

  private WorkerMain(Lane lane, ControlLoad control, EventLoad events) {
    this.lane = lane;
    this.control = control;
    this.events = events;
  }

  /**
   * @param arguments the lane; the broker's socket, or nothing; where to listen, or nothing
   */
  public static void main(String[] arguments) throws IOException {
    String broker = arguments[1];
    try (Lane lane = Lane.open(arguments[0], broker, arguments[2]);
        ControlLoad control = broker.isEmpty() ? null : ControlLoad.open(broker)) {
      EventLoad events = broker.isEmpty() ? new NativeEvents() : new BrokerEvents(broker);
      try (events) {
        ChildLoop.run(new WorkerMain(lane, control, events)::on);
      }
    }
  }

  private Object on(String[] words) throws IOException, InterruptedException {
    return switch (words[0]) {
      case "address" -> lane.address();
      case "receive" -> traffic(words).receive();
      case "send" -> traffic(words).send(number(words, 2), number(words, 3));
      case "answer" -> {
        traffic(words).answer(number(words, 3));
        yield "";
      }
      case "control" -> control.run(words[1], number(words, 2), number(words, 3));
      case "events-address" -> events.address();
      case "events" -> Latency.encode(events.run());
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private Traffic traffic(String[] words) throws IOException {
    return Traffic.of(number(words, 1), () -> lane.accept(number(words, 2)));
  }

  private static int number(String[] words, int index) {
    return Integer.parseInt(words[index]);
  }
}
