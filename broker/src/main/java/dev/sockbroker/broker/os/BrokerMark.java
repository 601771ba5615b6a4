package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process name of a broker (comm, proc(5)), by which other brokers recognize it. A broker
 * connects on behalf of its clients, so other brokers must not treat it as a client of its own
 * user. Other processes gain nothing from this name.
 */
public final class BrokerMark {
  private static final String NAME = "sockbrokerd";

  private BrokerMark() {}

  /**
   * Sets the name of this process.
   *
   * @throws IOException if /proc does not permit it; then other brokers would trust the connections
   *     of this process
   */
  public static void set() throws IOException {
    Files.writeString(Path.of("/proc/self/comm"), NAME);
  }

  /**
   * Returns why a living process is refused as a client, or null. A process whose name cannot be
   * read is refused as well; hidepid (proc(5)) can forbid it.
   *
   * @param pid 0 for a process of another pid namespace, which has no name here
   */
  public static RefusedException refusal(int pid) {
    if (pid == 0) {
      return null;
    }
    try {
      String name = Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
      return name.equals(NAME) ? broker() : null;
    } catch (IOException e) {
      return new RefusedException(
          Errno.EPERM,
          ("the broker cannot read /proc/%d/comm, so this connection could be another broker's; if"
               + " /proc has hidepid, mount it with gid=GROUP and run the broker with that group")
              .formatted(pid));
    }
  }

  /** The refusal of a broker. */
  public static RefusedException broker() {
    return new RefusedException(
        Errno.EPERM,
        "this connection was made by a broker for one of its clients; connect directly");
  }
}
