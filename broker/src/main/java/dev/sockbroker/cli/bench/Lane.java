package dev.sockbroker.cli.bench;

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
      case "framed" -> FramedLane.open(broker);
      case "fd" -> FdLane.open(broker);
      case "ring" -> RingLane.open(broker, false);
      case "ring-copy" -> RingLane.open(broker, true);
      default -> throw new IllegalArgumentException(name + " is no lane of a worker");
    };
  }
}
