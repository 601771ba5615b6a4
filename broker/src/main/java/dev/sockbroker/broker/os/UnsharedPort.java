package dev.sockbroker.broker.os;

import java.util.function.IntSupplier;

/**
 * Has the kernel choose a port that no other socket has. With SO_REUSEADDR or SO_REUSEPORT it would
 * give a datagram socket one that is taken, and another user's datagrams with it (rule 54).
 */
final class UnsharedPort {
  private static final int SO_REUSEADDR = 2;
  private static final int SO_REUSEPORT = 15;

  private UnsharedPort() {}

  /** Makes the call with both options off, and sets them again as they were. */
  static int during(IntSupplier call, ValueCalls values, int fd) {
    return without(SO_REUSEADDR, () -> without(SO_REUSEPORT, call, values, fd), values, fd);
  }

  private static int without(int option, IntSupplier call, ValueCalls values, int fd) {
    int former = values.getInt(fd, Linux.SOL_SOCKET, option);
    if (former == 0) {
      return call.getAsInt();
    }
    values.setInt(fd, Linux.SOL_SOCKET, option, 0);
    try {
      return call.getAsInt();
    } finally {
      values.setInt(fd, Linux.SOL_SOCKET, option, former);
    }
  }
}
