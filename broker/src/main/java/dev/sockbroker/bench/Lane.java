package dev.sockbroker.bench;

import java.io.Closeable;
import java.io.IOException;

/** One way for the bytes of a worker: a listener whose connections travel by it. */
interface Lane extends Closeable {
  /** Where peers connect, as {@link Endpoint} has it. */
  String address() throws IOException;

  /**
   * Waits for a connection.
   *
   * @param capacity bytes that one call moves at most
   */
  Link accept(int capacity) throws IOException;

  /**
   * Opens a listener.
   *
   * @param name of the lane
   * @param broker its socket, empty for a lane without a broker
   * @param where a path, or empty for a port of the kernel's choice on the loopback
   */
  static Lane open(String name, String broker, String where) throws IOException {
    return switch (name) {
      case "native" -> NativeLane.open(where);
      case "framed" -> BrokeredLane.open(broker, FramedLink::new);
      case "framed-async" -> BrokeredLane.inPlace(broker, FramedAsyncLink::new);
      case "fd" -> BrokeredLane.open(broker, FdLink::new);
      case "ring" -> BrokeredLane.open(broker, RingLink::new);
      case "ring-copy" -> BrokeredLane.open(broker, RingCopyLink::new);
      default -> throw new IllegalArgumentException(name + " is no lane of a worker");
    };
  }
}
