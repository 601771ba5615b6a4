package dev.sockbroker.broker.os;

import java.util.function.IntSupplier;

/**
 * Makes the kernel choose a port that no other socket uses. With SO_REUSEADDR or SO_REUSEPORT the
 * kernel can give a datagram socket a port that is in use, and with it the datagrams of another
 * user (rule 54).
 */
final class UnsharedPort {
  private static final int SO_REUSEADDR = 2;
  private static final int SO_REUSEPORT = 15;

  private UnsharedPort() {}

  /** Makes a call with both options off and then restores them. */
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
