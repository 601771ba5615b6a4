package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The name of a broker's process (comm, proc(5)), by which other brokers know it. What a broker
 * connects it connects for its clients, so no broker takes it for a client of its own user. A
 * process that is no broker gains nothing by this name.
 */
public final class BrokerMark {
  private static final String NAME = "sockbrokerd";

  private BrokerMark() {}

  /**
   * Gives this process the name.
   *
   * @throws IOException if /proc does not let it; other brokers would trust its connections then
   */
  public static void set() throws IOException {
    Files.writeString(Path.of("/proc/self/comm"), NAME);
  }

  /**
   * Whether that process lives and has a name that can be read, as hidepid (proc(5)) may forbid.
   */
  public static boolean isVisible(int pid) {
    return Files.isReadable(comm(pid));
  }

  private static Path comm(int pid) {
    return Path.of("/proc/" + pid + "/comm");
  }

  /** Whether that living process is a broker; to be asked of one that is visible. */
  public static boolean isOn(int pid) {
    try {
      return Files.readString(comm(pid)).strip().equals(NAME);
    } catch (IOException e) {
      return false;
    }
  }
}
