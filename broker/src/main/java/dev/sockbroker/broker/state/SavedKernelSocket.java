package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;

/**
 * A socket of the kernel and what the kernel does not tell about it.
 *
 * @param connected whether it was connected or accepted by this broker
 * @param connectingTo the address of a connect in progress, or null
 * @param shared whether others may have the fd
 * @param mayBeUnbound whether the kernel may have to choose a port
 * @param boundFile the file that the bind created, or null
 */
public record SavedKernelSocket(
    Fd fd,
    Family family,
    SocketType type,
    int protocol,
    boolean connected,
    Address connectingTo,
    boolean shared,
    boolean mayBeUnbound,
    BoundFile boundFile) {

  /**
   * The file of a bound Unix socket, which the broker removes when the socket closes.
   *
   * @param directory the open directory of the file
   * @param name in the directory
   */
  public record BoundFile(Fd directory, byte[] name, long device, long inode, int mode, long uid) {}
}
