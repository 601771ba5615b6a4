package dev.sockbroker.bench;

import java.io.Closeable;
import java.io.IOException;

/** One way for a worker's bytes to travel: a listener whose connections use it. */
interface Lane extends Closeable {
  /** The address that peers connect to, in the form of {@link Endpoint}. */
  String address() throws IOException;

  /**
   * Waits for a connection.
   *
   * @param capacity the most bytes that one call moves
   */
  Link accept(int capacity) throws IOException;

  /**
   * Opens a listener.
   *
   * @param name of the lane
   * @param broker its socket, empty for a lane without a broker
   * @param where a path, or empty for a loopback port that the kernel chooses
   */
  static Lane open(String name, String broker, String where) throws IOException {
    return switch (name) {
      case "native" -> NativeLane.open(where);
      case "framed" -> BrokeredLane.open(broker, FramedLink::new);
      case "framed-async" -> BrokeredLane.inPlace(broker, FramedAsyncLink::new);
      case "fd" -> BrokeredLane.open(broker, FdLink::new);
      case "stream" -> BrokeredLane.open(broker, StreamLink::new);
      case Lanes.FACTORY -> FactoryLane.open(broker);
      case "ring" -> BrokeredLane.open(broker, RingLink::new);
      case "ring-copy" -> BrokeredLane.open(broker, RingCopyLink::new);
      default -> throw new IllegalArgumentException(name + " is not a worker's lane");
    };
  }
}
