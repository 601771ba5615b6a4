package dev.sockbroker.broker.os;

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

  /** Whether a process is alive and its name is readable, which hidepid (proc(5)) can forbid. */
  public static boolean isVisible(int pid) {
    return Files.isReadable(comm(pid));
  }

  private static Path comm(int pid) {
    return Path.of("/proc/" + pid + "/comm");
  }

  /** Whether a living process is a broker. To be called only for a visible process. */
  public static boolean isOn(int pid) {
    try {
      return Files.readString(comm(pid)).strip().equals(NAME);
    } catch (IOException e) {
      return false;
    }
  }
}
